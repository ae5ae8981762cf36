/** The transformer itself: its weights, its forward pass over packed sequences, and the cache of keys and values. */
package dev.errata.model.decoder;

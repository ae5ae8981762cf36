/** The plain backend: every operator in the simplest scalar Java, the slow twin of everything fast. */
package dev.errata.tensor.reference;

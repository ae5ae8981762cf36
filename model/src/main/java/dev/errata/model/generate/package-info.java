/** Text from a decoder: batches of sequences that grow token by token. */
package dev.errata.model.generate;

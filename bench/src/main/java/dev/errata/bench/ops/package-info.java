/** {@code bench ops}: single operators at the shapes of real layers, checked and beside the machine's limits. */
package dev.errata.bench.ops;

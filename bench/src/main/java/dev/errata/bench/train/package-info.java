/** {@code bench train}: some steps of a training, and where their time goes. */
package dev.errata.bench.train;

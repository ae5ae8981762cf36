/** The PTX simulator as a command. */
package dev.errata.bench.sim;

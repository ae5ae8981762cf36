/** The commands {@code trace} and {@code replay}: one training step, looked into. */
package dev.errata.bench.trace;

/** The command {@code replay}: the values of one training step, alone or beside those of another. */
package dev.errata.bench.replay;

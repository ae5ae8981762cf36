/** The commands {@code grad-check} and {@code overfit}: whether a training setting can learn at all. */
package dev.errata.bench.check;

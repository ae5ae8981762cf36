/** {@code recovery-check}: whole runs that are killed, starved and cut at many points must end in the bytes of undisturbed ones. */
package dev.errata.bench.recovery;

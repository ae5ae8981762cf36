package dev.errata.train.config;

import java.nio.file.Path;

/** Rows to validate on: those of a file, or a fraction of the rows to train on, which are then not trained. */
public sealed interface Validation {
    /** Rows of a file. */
    record OfFile(Path file) implements Validation {
        @Override
        public String toString() {
            return file.toString();
        }
    }

    /** This part of the rows, above 0 and below 1; the seed chooses which. */
    record OfRows(double fraction) implements Validation {
        @Override
        public String toString() {
            return Double.toString(fraction);
        }
    }
}

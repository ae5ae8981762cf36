package dev.errata.train.config;

import dev.errata.train.binding.ConfigWord;
import dev.errata.train.binding.WordValue;
import java.nio.file.Path;
import java.util.Optional;

/** Rows to validate on: those of a file, or a fraction of the rows to train on, which are then not trained. */
public sealed interface Validation extends WordValue {
    /** Rows of a file. */
    record OfFile(Path file) implements Validation {
        @Override
        public Optional<String> word() {
            return Optional.of(file.toString());
        }
    }

    /** This part of the rows, above 0 and below 1; the seed chooses which. */
    record OfRows(double fraction) implements Validation {
        @Override
        public Optional<String> word() {
            return Optional.of(Double.toString(fraction));
        }
    }

    /** A number between 0 and 1 is a fraction, anything else the name of a file. */
    static Validation of(ConfigWord word) {
        String text = word.node().asText();
        if (!word.node().isNumber() && !text.matches("[0-9]*\\.?[0-9]+")) {
            return new OfFile(word.path());
        }
        double fraction = Double.parseDouble(text);
        if (!(fraction > 0 && fraction < 1)) {
            throw word.wrong("a file of rows, or a fraction between 0 and 1 as 0.05");
        }
        return new OfRows(fraction);
    }
}

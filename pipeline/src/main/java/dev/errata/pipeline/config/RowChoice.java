package dev.errata.pipeline.config;

import dev.errata.train.binding.ConfigWord;
import dev.errata.train.binding.WordValue;
import java.nio.file.Path;
import java.util.Optional;

/** How many rows of one kind an arm takes. */
public sealed interface RowChoice extends WordValue {
    /** Every one. */
    record All() implements RowChoice {
        @Override
        public Optional<String> word() {
            return Optional.of("all");
        }
    }

    /** Not one. */
    record None() implements RowChoice {
        @Override
        public Optional<String> word() {
            return Optional.of("none");
        }
    }

    /** So many, which the seed chooses; all where there are fewer. */
    record Some(int count) implements RowChoice {
        @Override
        public Optional<String> word() {
            return Optional.of(Integer.toString(count));
        }
    }

    /** The rows of a file, {@code prompt} and {@code completion}, in place of the run's own. */
    record OfFile(Path file) implements RowChoice {
        @Override
        public Optional<String> word() {
            return Optional.of(file.toString());
        }
    }

    RowChoice ALL = new All();
    RowChoice NONE = new None();

    /** {@code all}, {@code none}, a whole number above 0, or the name of a {@code .jsonl} or {@code .jsonl.gz} file. */
    static RowChoice of(ConfigWord word) {
        String text = word.text();
        if (text.endsWith(".jsonl") || text.endsWith(".jsonl.gz")) {
            return new OfFile(word.path());
        }
        return switch (text) {
            case "all" -> ALL;
            case "none" -> NONE;
            default -> {
                if (!text.matches("[1-9][0-9]{0,8}")) {
                    throw word.wrong("all, none, a number of rows, or a .jsonl file of rows");
                }
                yield new Some(Integer.parseInt(text));
            }
        };
    }
}

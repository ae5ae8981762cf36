package dev.errata.pipeline.review;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.errata.pipeline.data.JsonRow;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What somebody thinks of a correction: a line of {@code review/ratings.jsonl}. Of several lines by one rater on one
 * correction the last one counts.
 *
 * @param rater a name, of at most {@link #LONGEST_RATER} characters
 * @param time when, in UTC, as {@code 2026-01-31T12:00:00Z}
 */
record Rating(String problemId, int sample, String rater, Level rating, String time) {
    static final int LONGEST_RATER = 64;

    /** The paper's three levels (arXiv 2310.20689, Section 4). */
    enum Level {
        /** The wrong step is found, the explanation holds, and the solution goes on from it. */
        EXCELLENT,
        /** Small faults in how the solution goes on. */
        GOOD,
        /** Another step is blamed, or the explanation doesn't hold. */
        POOR;

        /** The name in files. */
        @JsonValue
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Level> of(String label) {
            return Arrays.stream(values())
                    .filter(each -> each.label().equals(label))
                    .findFirst();
        }

        static List<String> labels() {
            return Arrays.stream(values()).map(Level::label).toList();
        }
    }

    /** Whether a text can be the name of a rater: something is to be seen, and nothing breaks a line. */
    static boolean isName(String rater) {
        return !rater.isBlank()
                && rater.length() <= LONGEST_RATER
                && rater.equals(rater.strip())
                && rater.codePoints().noneMatch(Character::isISOControl);
    }

    static Rating read(JsonRow row) {
        row.allow("problem_id", "sample", "rater", "rating", "time");
        String rater = row.text("rater");
        if (!isName(rater)) {
            throw row.wrong("field rater is no name", "give up to " + LONGEST_RATER + " characters on one line");
        }
        String label = row.text("rating");
        Level level = Level.of(label)
                .orElseThrow(
                        () -> row.wrong("field rating is " + label, "use one of " + String.join(", ", Level.labels())));
        return new Rating(row.id("problem_id"), row.count("sample"), rater, level, time(row));
    }

    private static String time(JsonRow row) {
        try {
            return Instant.parse(row.text("time")).toString();
        } catch (DateTimeParseException e) {
            throw row.wrong("field time is no time", "give one in UTC as 2026-01-31T12:00:00Z");
        }
    }
}

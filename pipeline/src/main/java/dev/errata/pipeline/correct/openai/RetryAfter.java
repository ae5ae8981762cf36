package dev.errata.pipeline.correct.openai;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** The Retry-After header (RFC 9110, 10.2.3): seconds, or a date. */
final class RetryAfter {
    private static final long LONGEST_MILLIS = Duration.ofHours(1).toMillis();

    private RetryAfter() {}

    /** Milliseconds to wait from {@code now}, at most an hour; 0 for a header that says nothing readable. */
    static long millis(String header, Instant now) {
        String text = header.strip();
        if (text.matches("\\d{1,9}(\\.\\d{1,9})?")) {
            return Math.min(LONGEST_MILLIS, (long) Math.ceil(Double.parseDouble(text) * 1000));
        }
        try {
            Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Math.clamp(Duration.between(now, until).toMillis(), 0, LONGEST_MILLIS);
        } catch (DateTimeParseException e) {
            return 0;
        }
    }
}

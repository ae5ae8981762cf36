package dev.errata.pipeline.cli.model;

import java.time.LocalDate;
import picocli.CommandLine.Option;

/** {@code --date}: the day that a chat template takes for today, always the same unless told, so that texts can be repeated. */
public final class DateOption {
    @Option(
            names = "--date",
            paramLabel = "YYYY-MM-DD",
            defaultValue = "2024-07-26",
            description = "the day that a chat template takes for today (2024-07-26)")
    private LocalDate date;

    public LocalDate date() {
        return date;
    }
}

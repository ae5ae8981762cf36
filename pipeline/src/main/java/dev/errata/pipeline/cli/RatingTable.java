package dev.errata.pipeline.cli;

import dev.errata.pipeline.review.RatingShares;
import java.util.Formatter;
import java.util.Locale;

/** What people think of a run's corrections, as a small table. */
final class RatingTable {
    private RatingTable() {}

    static String of(RatingShares shares) {
        StringBuilder text = new StringBuilder();
        try (Formatter to = new Formatter(text, Locale.ROOT)) {
            to.format("corrections  %d kept%n", shares.corrections());
            if (shares.raters().isEmpty()) {
                to.format("ratings      none yet%n");
            }
            shares.raters().forEach((name, rater) -> {
                to.format("%n%s, %d rated%n", name, rater.rated());
                rater.levels()
                        .forEach((level, share) -> to.format(
                                "  %-9s %5d %6.1f %%   %.1f to %.1f %%%n",
                                level, share.count(), 100 * share.share(), 100 * share.low(), 100 * share.high()));
            });
            shares.agreement()
                    .forEach(pair -> to.format(
                            "%n%s and %s agree on %.1f %% of %d (Cohen's kappa %s)%n",
                            pair.a(),
                            pair.b(),
                            100 * pair.agreement(),
                            pair.both(),
                            pair.kappa() == null
                                    ? "undefined, both give one level to all"
                                    : String.format(Locale.ROOT, "%.2f", pair.kappa())));
        }
        return text.toString();
    }
}

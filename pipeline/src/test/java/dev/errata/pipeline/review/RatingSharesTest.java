package dev.errata.pipeline.review;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.errata.pipeline.review.Rating.Level;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatingSharesTest {
    private static final String TIME = "2026-01-31T12:00:00Z";

    @TempDir
    private Path folder;

    private static List<Rating> ratings(String rater, String letters) {
        List<Rating> all = new ArrayList<>();
        for (int i = 0; i < letters.length(); i++) {
            Level level = switch (letters.charAt(i)) {
                case 'e' -> Level.EXCELLENT;
                case 'g' -> Level.GOOD;
                default -> Level.POOR;
            };
            all.add(new Rating("p" + i, 0, rater, level, TIME));
        }
        return all;
    }

    private RatingShares shares(String first, String second) throws IOException {
        List<Rating> all = new ArrayList<>(ratings("Ann", first));
        all.addAll(ratings("Bob", second));
        return RatingShares.of(ReviewedRun.in(folder, 50), all);
    }

    /** The paper's own count: 35, 11 and 4 of 50; intervals as statsmodels' proportion_confint gives them by Wilson's method. */
    @Test
    void sharesHaveWilsonIntervals() throws IOException {
        RatingShares shares = shares("e".repeat(35) + "g".repeat(11) + "p".repeat(4), "");
        RatingShares.Rater ann = shares.raters().get("Ann");
        assertThat(ann.rated()).isEqualTo(50);
        assertThat(ann.levels().keySet()).containsExactly("excellent", "good", "poor");
        RatingShares.Share excellent = ann.levels().get("excellent");
        assertThat(excellent.count()).isEqualTo(35);
        assertThat(excellent.share()).isEqualTo(0.7);
        assertThat(excellent.low()).isCloseTo(0.5625, within(5e-4));
        assertThat(excellent.high()).isCloseTo(0.8090, within(5e-4));
        assertThat(shares.agreement()).isEmpty();
    }

    /** 6 of 10 alike; by chance (4 · 5 + 3 · 4 + 3 · 1) of 100. */
    @Test
    void kappaIsWhatTwoRatersAgreeBeyondChance() throws IOException {
        RatingShares.Agreement pair =
                shares("eeeegggppp", "eeegeggpge").agreement().getFirst();
        assertThat(pair.a()).isEqualTo("Ann");
        assertThat(pair.both()).isEqualTo(10);
        assertThat(pair.agreement()).isEqualTo(0.6);
        double byChance = (4 * 5 + 3 * 4 + 3 * 1) / 100.0;
        assertThat(pair.kappa()).isCloseTo((0.6 - byChance) / (1 - byChance), within(1e-12));
    }

    @Test
    void kappaIsUndefinedWhereAllRatingsAreOne() throws IOException {
        RatingShares.Agreement pair = shares("eee", "eeee").agreement().getFirst();
        assertThat(pair.both()).isEqualTo(3);
        assertThat(pair.agreement()).isEqualTo(1);
        assertThat(pair.kappa()).isNull();
    }

    @Test
    void ofSeveralRatingsTheLastCounts() throws IOException {
        RunFolder run = ReviewedRun.in(folder, 3);
        try (RatingLog log = RatingLog.open(run)) {
            log.add(new Rating("p1", 0, "Ann", Level.POOR, TIME));
            log.add(new Rating("p1", 0, "Bob", Level.POOR, TIME));
            log.add(new Rating("p1", 0, "Ann", Level.EXCELLENT, TIME));
        }
        RatingShares shares = RatingShares.of(run);
        assertThat(shares.raters().get("Ann").levels().get("excellent").count()).isEqualTo(1);
        assertThat(shares.raters().get("Ann").rated()).isEqualTo(1);
        assertThat(shares.agreement().getFirst().agreement()).isZero();
    }

    @Test
    void aLogGoesOnAfterATornLine() throws IOException {
        RunFolder run = ReviewedRun.in(folder, 3);
        Rating first = new Rating("p0", 0, "Ann", Level.GOOD, TIME);
        try (RatingLog log = RatingLog.open(run)) {
            log.add(first);
        }
        Files.writeString(RatingLog.file(run), "{\"problem_id\":\"p1\",\"sam", StandardOpenOption.APPEND);
        try (RatingLog log = RatingLog.open(run)) {
            assertThat(log.all()).containsExactly(first);
            log.add(new Rating("p2", 0, "Ann", Level.POOR, TIME));
        }
        assertThat(Files.readAllLines(RatingLog.file(run)))
                .hasSize(2)
                .first()
                .asString()
                .isEqualTo("""
                {"problem_id":"p0","sample":0,"rater":"Ann","rating":"good","time":"2026-01-31T12:00:00Z"}""");
    }

    @Test
    void aSecondReviewOfARunIsRefusedWhileOneIsOpen() throws IOException {
        RunFolder run = ReviewedRun.in(folder, 3);
        try (RatingLog log = RatingLog.open(run)) {
            assertThat(log.all()).isEmpty();
            assertThatThrownBy(() -> RatingLog.open(run)).isInstanceOf(BadInputException.class);
        }
    }

    @Test
    void aRatingThatBelongsNowhereIsRefused() throws IOException {
        RunFolder run = ReviewedRun.in(folder, 3);
        List<Rating> stray = List.of(new Rating("p3", 0, "Ann", Level.GOOD, TIME)); // its correction was rejected
        assertThatThrownBy(() -> RatingShares.of(run, stray)).hasMessageContaining("problem_id p3, sample 0");
        Files.createDirectories(RatingLog.file(run).getParent());
        Files.writeString(
                RatingLog.file(run),
                "{\"problem_id\":\"p1\",\"sample\":0,\"rater\":\"Ann\",\"rating\":\"fine\",\"time\":\"" + TIME
                        + "\"}\n");
        assertThatThrownBy(() -> RatingShares.of(run))
                .hasMessageContaining("ratings.jsonl:1")
                .hasMessageContaining("fine");
    }
}

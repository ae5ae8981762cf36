package dev.errata.pipeline.review;

import dev.errata.pipeline.record.PathKey;
import dev.errata.pipeline.report.Statistics;
import dev.errata.pipeline.review.Rating.Level;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the raters of a run say together.
 *
 * @param run the run's folder
 * @param corrections how many kept corrections the run has
 * @param raters the shares of each, by name
 * @param agreement of each two raters who have rated the same corrections
 */
public record RatingShares(String run, int corrections, SortedMap<String, Rater> raters, List<Agreement> agreement) {
    /**
     * One rater.
     *
     * @param rated how many corrections
     * @param levels by {@code excellent}, {@code good}, {@code poor}
     */
    public record Rater(int rated, Map<String, Share> levels) {}

    /** How many corrections have a level, and the share of those rated with its 95 % Wilson interval. */
    public record Share(int count, double share, double low, double high) {}

    /**
     * Two raters.
     *
     * @param both corrections that both have rated
     * @param agreement the share of these that both give the same level
     * @param kappa Cohen's kappa (1960), what they agree beyond chance; null where both give one level to all, so that
     *     chance alone would have them agree
     */
    public record Agreement(String a, String b, int both, double agreement, Double kappa) {}

    /** The shares of the ratings that a run has. */
    public static RatingShares of(RunFolder run) {
        return of(run, RatingLog.read(run));
    }

    /**
     * @param ratings one for each rater and correction
     * @throws BadInputException if one is about a correction that the run hasn't
     */
    static RatingShares of(RunFolder run, Collection<Rating> ratings) {
        Set<PathKey> kept =
                ReviewedCorrection.kept(run).stream().map(PathKey::of).collect(Collectors.toSet());
        SortedMap<String, Map<PathKey, Level>> byRater = new TreeMap<>();
        for (Rating each : ratings) {
            PathKey key = new PathKey(each.problemId(), each.sample());
            if (!kept.contains(key)) {
                throw new BadInputException(
                        "a rating of problem_id " + each.problemId() + ", sample " + each.sample()
                                + ", of which no correction was kept",
                        RatingLog.file(run).toString(),
                        "remove its line, or name the run that was reviewed");
            }
            byRater.computeIfAbsent(each.rater(), _ -> new HashMap<>()).put(key, each.rating());
        }
        SortedMap<String, Rater> raters = new TreeMap<>();
        byRater.forEach((name, levels) -> raters.put(name, rater(levels.values())));
        return new RatingShares(run.path().toString(), kept.size(), raters, agreements(byRater));
    }

    private static Rater rater(Collection<Level> given) {
        Map<String, Share> levels = new LinkedHashMap<>();
        for (Level level : Level.values()) {
            int count = (int) given.stream().filter(level::equals).count();
            Statistics.Interval interval = Statistics.wilson(count, given.size());
            levels.put(level.label(), new Share(count, (double) count / given.size(), interval.low(), interval.high()));
        }
        return new Rater(given.size(), levels);
    }

    private static List<Agreement> agreements(SortedMap<String, Map<PathKey, Level>> byRater) {
        List<String> names = List.copyOf(byRater.keySet());
        List<Agreement> found = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
                Map<PathKey, Level> first = byRater.get(names.get(i));
                Map<PathKey, Level> second = byRater.get(names.get(j));
                List<PathKey> both =
                        first.keySet().stream().filter(second::containsKey).toList();
                if (!both.isEmpty()) {
                    found.add(agreement(names.get(i), names.get(j), both, first, second));
                }
            }
        }
        return found;
    }

    private static Agreement agreement(
            String a, String b, List<PathKey> both, Map<PathKey, Level> first, Map<PathKey, Level> second) {
        long n = both.size();
        long same = both.stream()
                .filter(key -> Objects.equals(first.get(key), second.get(key)))
                .count();
        long byChance = 0; // times n²: an integer, so that "always" is seen exactly
        for (Level level : Level.values()) {
            byChance += both.stream().filter(key -> first.get(key) == level).count()
                    * both.stream().filter(key -> second.get(key) == level).count();
        }
        Double kappa = byChance == n * n ? null : Double.valueOf((double) (same * n - byChance) / (n * n - byChance));
        return new Agreement(a, b, both.size(), (double) same / n, kappa);
    }
}

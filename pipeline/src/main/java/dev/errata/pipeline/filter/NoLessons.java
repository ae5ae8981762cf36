package dev.errata.pipeline.filter;

import dev.errata.pipeline.config.CorrectConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.record.Correction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What to say, before anything is trained, where no correction survived: why, and what to change. */
public final class NoLessons {
    private NoLessons() {}

    /** One sentence for stderr; empty where there are corrections to learn from. */
    public static Optional<String> sentence(List<Correction> corrections, LoopConfig config) {
        if (config.filter().correctionShare() == 0 && config.filter().mode().equals("replace")) {
            return Optional.of(
                    "filter.correction_share is 0, so both arms get the same rows and nothing can be compared");
        }
        if (corrections.stream().anyMatch(Correction::kept)) {
            return Optional.empty();
        }
        if (corrections.isEmpty()) {
            return Optional.of("no path was wrong, so there is nothing to correct and both arms get the same rows;"
                    + " sample more or at a higher temperature, or take harder problems");
        }
        Map<String, Long> reasons = corrections.stream()
                .collect(Collectors.groupingBy(each -> String.valueOf(each.reason()), Collectors.counting()));
        List<Map.Entry<String, Long>> ordered = reasons.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .toList();
        String why = ordered.stream()
                .limit(4)
                .map(each -> each.getValue() + " " + each.getKey())
                .collect(Collectors.joining(", "));
        return Optional.of("no correction survived of " + corrections.size() + " wrong paths (" + why
                + "), so both arms get the same rows and nothing can be compared; "
                + remedy(ordered.getFirst().getKey(), config.correct()));
    }

    private static String remedy(String reason, CorrectConfig correct) {
        List<String> ways = new ArrayList<>();
        if (reason.equals(Rejection.UNFINISHED)) {
            ways.add("raise sample.max_new_tokens");
            ways.add("set correct.unfinished to correct");
        } else if (reason.startsWith(Rejection.CUT_OFF)) {
            ways.add("raise correct." + correct.corrector()
                    + (correct.corrector().equals("openai") ? ".max_tokens" : ".max_new_tokens"));
        } else if (reason.equals(Rejection.NO_RATIONALE)) {
            ways.add("give the problems rationales");
        } else {
            ways.add("sample more");
        }
        if (!reason.equals(Rejection.UNFINISHED)) {
            ways.add("take another corrector");
        }
        return String.join(" or ", ways);
    }
}

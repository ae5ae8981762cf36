package dev.errata.pipeline.cli;

import dev.errata.pipeline.record.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A run's figures as a small table. */
final class SummaryTable {
    private SummaryTable() {}

    static String of(Summary summary) {
        StringBuilder text = new StringBuilder();
        try (Formatter to = new Formatter(text, Locale.ROOT)) {
            to.format(
                    "paths        %d, %d of them wrong%n",
                    summary.paths().total(), summary.paths().wrong());
            to.format(
                    "corrections  %d, %d kept%n",
                    summary.corrections().total(), summary.corrections().kept());
            summary.corrections()
                    .rejected()
                    .forEach((reason, count) -> to.format("             %d rejected: %s%n", count, reason));
            to.format("%n%s", of(summary.arms()));
            if (armsAreOne(summary)) {
                to.format("%nnothing was compared: both arms have the same rows and the same adapter%n");
            } else if (summary.paired() != null) {
                paired(to, summary.paired());
            }
            if (summary.pairs() != null && summary.arms().size() > 3) {
                pairs(to, summary);
            }
            to.format("%nreport       %s/%s%n", summary.run(), summary.report());
        }
        return text.toString();
    }

    /** Accuracies by arm, the base first. */
    static String of(Map<String, Summary.Arm> arms) {
        List<String> names = new ArrayList<>(arms.keySet());
        names.sort(Comparator.comparing((String name) -> !name.equals("base")));
        int width = Math.max(6, names.stream().mapToInt(String::length).max().orElse(0));
        boolean counted = arms.values().stream().anyMatch(arm -> arm.rows() != null);
        StringBuilder text = new StringBuilder();
        try (Formatter to = new Formatter(text, Locale.ROOT)) {
            to.format("%-" + width + "s %9s %10s   95 %% interval", "arm", "correct", "accuracy");
            if (counted) {
                to.format("    %8s %14s", "rows", "trained tokens");
            }
            to.format("%n");
            for (String name : names) {
                row(to, width, name, arms.get(name));
            }
        }
        return text.toString();
    }

    private static boolean armsAreOne(Summary summary) {
        Summary.Adapter cot = summary.adapters().get("cot");
        Summary.Adapter lema = summary.adapters().get("lema");
        return cot != null && lema != null && cot.sha256().equals(lema.sha256());
    }

    private static void row(Formatter to, int width, String name, Summary.Arm arm) {
        String counts = arm.correct() + "/" + arm.total();
        String interval = String.format(Locale.ROOT, "%.1f to %.1f %%", 100 * arm.low(), 100 * arm.high());
        to.format("%-" + width + "s %9s %8.1f %%   ", name, counts, 100 * arm.accuracy());
        if (arm.rows() == null) {
            to.format("%s%n", interval);
        } else {
            to.format("%-16s %8d %14s%n", interval, arm.rows(), arm.tokens() == null ? "–" : arm.tokens());
        }
    }

    /** Every two but the ones that have their sentence. */
    private static void pairs(Formatter to, Summary summary) {
        List<Summary.Pair> others = summary.pairs().stream()
                .filter(pair ->
                        summary.paired() == null || !List.of("cot", "lema").containsAll(List.of(pair.a(), pair.b())))
                .toList();
        int width = others.stream()
                .mapToInt(pair -> pair.a().length() + pair.b().length() + 5)
                .max()
                .orElse(0);
        to.format("%n%-" + width + "s  %10s  %11s  %s%n", "two arms", "only first", "only second", "p");
        others.forEach(pair -> to.format(
                "%-" + width + "s  %10d  %11d  %.3f%n",
                pair.a() + " and " + pair.b(),
                pair.onlyA(),
                pair.onlyB(),
                pair.p()));
    }

    private static void paired(Formatter to, Summary.Paired paired) {
        String found = paired.p() >= 0.05
                ? "no difference shown"
                : paired.onlyLema() > paired.onlyCot() ? "lema is better" : "cot is better";
        to.format(
                "%nlema against cot: %s (only cot solves %d, only lema %d, p = %.3f)%n",
                found, paired.onlyCot(), paired.onlyLema(), paired.p());
    }
}

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
            to.format("%nreport       %s/%s%n", summary.run(), summary.report());
        }
        return text.toString();
    }

    /** Accuracies by arm, the base first. */
    static String of(Map<String, Summary.Arm> arms) {
        List<String> names = new ArrayList<>(arms.keySet());
        names.sort(Comparator.comparing((String name) -> !name.equals("base")));
        StringBuilder text = new StringBuilder();
        try (Formatter to = new Formatter(text, Locale.ROOT)) {
            to.format("%-6s %9s %10s   %s%n", "arm", "correct", "accuracy", "95 % interval");
            for (String name : names) {
                row(to, name, arms.get(name));
            }
        }
        return text.toString();
    }

    private static boolean armsAreOne(Summary summary) {
        Summary.Adapter cot = summary.adapters().get("cot");
        Summary.Adapter lema = summary.adapters().get("lema");
        return cot != null && lema != null && cot.sha256().equals(lema.sha256());
    }

    private static void row(Formatter to, String name, Summary.Arm arm) {
        String counts = arm.correct() + "/" + arm.total();
        to.format(
                "%-6s %9s %8.1f %%   %.1f to %.1f %%%n",
                name, counts, 100 * arm.accuracy(), 100 * arm.low(), 100 * arm.high());
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

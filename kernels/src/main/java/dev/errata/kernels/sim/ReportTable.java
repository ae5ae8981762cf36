package dev.errata.kernels.sim;

import dev.errata.kernels.sim.check.Finding;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** A launch's report as a text: what it did, its most frequent instructions, what was found. */
public final class ReportTable {
    private static final int KINDS = 20;

    private ReportTable() {}

    public static String of(LaunchReport report) {
        StringBuilder s = new StringBuilder();
        line(s, "kernel", report.kernel());
        line(
                s,
                "blocks x threads",
                report.launch().blocks() + " x " + report.launch().threads());
        line(s, "warp instructions", number(report.instructions()));
        line(s, "global requests", number(report.globalRequests()));
        line(
                s,
                "sectors of 32 bytes",
                number(report.globalSectors()) + each(report.globalSectors(), report.globalRequests()));
        line(s, "shared requests", number(report.sharedRequests()));
        line(
                s,
                "bank conflicts",
                number(report.bankConflicts()) + each(report.bankConflicts(), report.sharedRequests()));
        s.append('\n');
        report.byKind().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(KINDS)
                .forEach(e -> s.append(String.format(Locale.ROOT, "%,14d  %s%n", e.getValue(), e.getKey())));
        int more = report.byKind().size() - KINDS;
        if (more > 0) {
            s.append(String.format(Locale.ROOT, "%14s  %d more kinds%n", "", more));
        }
        s.append('\n');
        if (report.findings().isEmpty()) {
            s.append("nothing found\n");
        }
        for (Finding f : report.findings()) {
            s.append(f).append('\n');
        }
        return s.toString();
    }

    private static void line(StringBuilder s, String name, String value) {
        s.append(String.format(Locale.ROOT, "%-20s %s%n", name, value));
    }

    private static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String each(long n, long requests) {
        return requests == 0 ? "" : String.format(Locale.ROOT, " (%.1f a request)", (double) n / requests);
    }
}

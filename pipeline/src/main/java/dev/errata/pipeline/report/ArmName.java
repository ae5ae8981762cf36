package dev.errata.pipeline.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** How the page names, orders and colours the arms. */
final class ArmName {
    static final String BASE = "base";
    static final String COT = "cot";
    static final String LEMA = "lema";
    private static final List<String> KNOWN = List.of(BASE, COT, LEMA);

    /** As many as report.css has. */
    private static final int OTHER_COLOURS = 4;

    private ArmName() {}

    /** The name in a sentence's midst or a table. */
    static String shown(String arm) {
        return switch (arm) {
            case BASE -> "Base";
            case COT -> "CoT";
            case LEMA -> "LeMa";
            default -> arm;
        };
    }

    /** What the arm is, in a few words; null for an unknown one. */
    static String meaning(String arm) {
        return switch (arm) {
            case BASE -> "the model before training";
            case COT -> "trained on worked solutions alone";
            case LEMA -> "trained on worked solutions and corrections";
            default -> null;
        };
    }

    /** The style class that gives an arm of the paper, or the base, its colour. */
    static String style(String arm) {
        return "arm-" + arm;
    }

    /** The same for any of these arms; those that aren't the paper's have colours by their order, again after four. */
    static String style(String arm, Collection<String> all) {
        if (KNOWN.contains(arm)) {
            return style(arm);
        }
        List<String> others = ordered(all);
        others.removeAll(KNOWN);
        return "arm-other-" + (1 + Math.max(0, others.indexOf(arm)) % OTHER_COLOURS);
    }

    /** Base, CoT, LeMa, then any others by name. */
    static List<String> ordered(Collection<String> arms) {
        var ordered = new ArrayList<>(KNOWN);
        ordered.retainAll(arms);
        for (String arm : new TreeSet<>(arms)) {
            if (!KNOWN.contains(arm)) {
                ordered.add(arm);
            }
        }
        return ordered;
    }
}

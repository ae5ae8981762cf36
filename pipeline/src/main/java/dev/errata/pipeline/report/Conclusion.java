package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the run shows, in plain words.
 *
 * @param headline one sentence: who wins, or that no difference is shown
 * @param sentences the figures behind it, and how each arm stands to the base
 */
record Conclusion(String headline, List<String> sentences) {

    static Conclusion of(ReportData data) {
        List<String> arms = ArmName.ordered(data.arms().keySet());
        arms.removeIf(arm -> data.arms().get(arm).total() == 0);
        if (data.unfinished() != null) {
            List<String> soFar =
                    arms.isEmpty() ? List.of("No arm has been evaluated yet.") : List.of(accuracies(data, arms));
            return new Conclusion("The run is not finished: " + data.unfinished() + " comes next.", soFar);
        }
        if (data.armsAreOne() && !arms.isEmpty()) {
            boolean paper = data.trainingRows().keySet().equals(Set.of(ArmName.COT, ArmName.LEMA));
            return new Conclusion(
                    "Nothing was compared: "
                            + (paper ? "both arms are the same training." : "all arms have the same rows."),
                    List.of(
                            accuracies(data, arms),
                            paper
                                    ? "No correction is among LeMa's rows, so they are CoT's own."
                                    : "What they differ in came to nothing in this run."));
        }
        if (arms.isEmpty()) {
            return new Conclusion("Nothing has been evaluated yet.", List.of("The run holds no held-out answers."));
        }
        var sentences = new ArrayList<String>();
        sentences.add(accuracies(data, arms));
        Optional<Comparison> arm = Comparison.of(data, ArmName.LEMA, ArmName.COT);
        arm.ifPresent(comparison -> sentences.add(test(comparison)));
        arms.stream()
                .filter(name ->
                        !List.of(ArmName.BASE, ArmName.COT, ArmName.LEMA).contains(name))
                .flatMap(name -> Comparison.of(data, ArmName.LEMA, name).stream())
                .forEach(comparison -> sentences.add(test(comparison)));
        List<Comparison> toBase = arms.stream()
                .filter(name -> !name.equals(ArmName.BASE))
                .flatMap(name -> Comparison.of(data, name, ArmName.BASE).stream())
                .toList();
        toBase.forEach(comparison -> sentences.add(againstBase(comparison)));
        String headline = arm.map(comparison -> betweenArms(comparison) + worseThanBase(toBase))
                .orElseGet(() -> withoutRival(toBase, arms));
        return new Conclusion(headline, List.copyOf(sentences));
    }

    private static String betweenArms(Comparison arms) {
        if (!arms.tested()) {
            return "LeMa and CoT were not compared problem by problem, so there is no verdict between them";
        }
        if (!arms.shown()) {
            return "No difference shown between LeMa and CoT";
        }
        return arms.firstIsBetter()
                ? "LeMa wins over CoT by " + NumberFormats.points(arms.difference())
                : "CoT wins over LeMa by " + NumberFormats.points(arms.difference());
    }

    /** The headline's end: it must not hide that training did harm. */
    private static String worseThanBase(List<Comparison> toBase) {
        List<Comparison> worse = toBase.stream()
                .filter(comparison -> comparison.shown() && !comparison.firstIsBetter())
                .toList();
        return switch (worse.size()) {
            case 0 -> ".";
            case 1 -> ", and " + ArmName.shown(worse.getFirst().first()) + " is worse than the base.";
            case 2 ->
                toBase.size() == 2 ? ", and both are worse than the base." : ", and two arms are worse than the base.";
            default -> ", and " + worse.size() + " arms are worse than the base.";
        };
    }

    /** With one trained arm the base is its rival; with none there is no contest. */
    private static String withoutRival(List<Comparison> toBase, List<String> arms) {
        if (toBase.isEmpty()) {
            return arms.size() == 1 && arms.getFirst().equals(ArmName.BASE)
                    ? "The base model was evaluated; no arm was trained against it."
                    : "There is nothing to compare " + ArmName.shown(arms.getFirst()) + " with.";
        }
        Comparison only = toBase.getFirst();
        String name = ArmName.shown(only.first());
        if (!only.tested()) {
            return name + " and the base were not compared problem by problem, so there is no verdict.";
        }
        if (!only.shown()) {
            return "No difference shown between " + name + " and the base.";
        }
        return name + (only.firstIsBetter() ? " wins over the base by " : " is worse than the base by ")
                + NumberFormats.points(only.difference()) + ".";
    }

    private static String accuracies(ReportData data, List<String> arms) {
        var parts = new ArrayList<String>();
        for (String arm : arms) {
            Summary.Arm counts = data.arms().get(arm);
            parts.add(name(arm) + (parts.isEmpty() ? " is right on " : " on ") + counts.correct() + " of "
                    + counts.total() + (parts.isEmpty() ? " held-out problems (" : " (")
                    + NumberFormats.percent(counts.correct(), counts.total()) + ")");
        }
        return capitalized(joined(parts)) + ".";
    }

    private static String test(Comparison arms) {
        if (!arms.tested()) {
            return "Answers of LeMa and " + ArmName.shown(arms.second())
                    + " to the same problems are missing, so the paired test could not be made.";
        }
        String counts = "LeMa alone solves " + NumberFormats.count(arms.onlyFirst(), "problem", "problems")
                + ", " + ArmName.shown(arms.second()) + " alone " + NumberFormats.count(arms.onlySecond())
                + "; the exact McNemar test gives "
                + NumberFormats.pValue(arms.p());
        return counts + (arms.shown() ? "." : ", so this run cannot tell the two apart.");
    }

    private static String againstBase(Comparison arm) {
        String name = ArmName.shown(arm.first());
        String size = NumberFormats.points(arm.difference());
        if (!arm.tested()) {
            return name + " lies " + size + (arm.difference() < 0 ? " below" : " above") + " the base, untested.";
        }
        String p = " (" + NumberFormats.pValue(arm.p()) + ")";
        if (!arm.shown()) {
            String where = arm.difference() == 0
                    ? " is level with the base"
                    : " lies " + size + (arm.difference() < 0 ? " below" : " above") + " the base";
            return name + where + p + ": no difference shown.";
        }
        return name + (arm.firstIsBetter() ? " is better than the base by " : " is worse than the base by ") + size + p
                + ".";
    }

    private static String name(String arm) {
        return arm.equals(ArmName.BASE) ? "the base" : ArmName.shown(arm);
    }

    private static String joined(List<String> parts) {
        int last = parts.size() - 1;
        return last == 0 ? parts.getFirst() : String.join(", ", parts.subList(0, last)) + " and " + parts.get(last);
    }

    private static String capitalized(String sentence) {
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }
}

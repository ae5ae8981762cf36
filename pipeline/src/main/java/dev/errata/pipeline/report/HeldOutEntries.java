package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The held-out problems: each with the arms' answers side by side. */
final class HeldOutEntries {
    private final List<String> arms;
    private final Map<String, Map<String, Evaluation>> answers = new HashMap<>();

    HeldOutEntries(ReportData data) {
        arms = ArmName.ordered(data.evaluations().keySet());
        data.evaluations().forEach((arm, evaluations) -> {
            var byProblem = new HashMap<String, Evaluation>();
            evaluations.forEach(evaluation -> byProblem.put(evaluation.problemId(), evaluation));
            answers.put(arm, byProblem);
        });
    }

    /** Filters by tag, with the words on their buttons; those that need an arm this run lacks are left out. */
    Map<String, String> filters() {
        var filters = new LinkedHashMap<String, String>();
        if (arms.contains(ArmName.BASE)) {
            for (String arm : arms.subList(1, arms.size())) {
                filters.put("fixed-" + arm, "Fixed by " + ArmName.shown(arm));
                filters.put("broken-" + arm, "Broken by " + ArmName.shown(arm));
            }
        }
        for (String rival : rivals()) {
            filters.put("lema-not-" + rival, "LeMa right, " + ArmName.shown(rival) + " wrong");
            filters.put(rival + "-not-lema", ArmName.shown(rival) + " right, LeMa wrong");
        }
        filters.put("all-right", "All right");
        filters.put("all-wrong", "All wrong");
        return filters;
    }

    /** The trained arms that LeMa is compared with; none without LeMa. */
    private List<String> rivals() {
        return arms.contains(ArmName.LEMA)
                ? arms.stream()
                        .filter(arm -> !arm.equals(ArmName.LEMA) && !arm.equals(ArmName.BASE))
                        .toList()
                : List.of();
    }

    /** The filter to begin with: what LeMa, or else the first arm, mended. */
    String first() {
        return "fixed-" + (arms.contains(ArmName.LEMA) || arms.isEmpty() ? ArmName.LEMA : arms.getLast());
    }

    Entry of(Problem problem) {
        var right = new TreeSet<String>();
        var wrong = new TreeSet<String>();
        for (String arm : arms) {
            Evaluation evaluation = answers.get(arm).get(problem.id());
            if (evaluation != null) {
                (evaluation.correct() ? right : wrong).add(arm);
            }
        }
        String state = right.isEmpty()
                ? wrong.isEmpty() ? "not evaluated" : "all wrong"
                : "right: "
                        + String.join(
                                ", ",
                                ArmName.ordered(right).stream()
                                        .map(ArmName::shown)
                                        .toList());
        return new Entry(problem.id() + " · " + state, tags(right, wrong), body(problem));
    }

    private Set<String> tags(Set<String> right, Set<String> wrong) {
        var tags = new TreeSet<String>();
        for (String arm : arms) {
            if (wrong.contains(ArmName.BASE) && right.contains(arm)) {
                tags.add("fixed-" + arm);
            }
            if (right.contains(ArmName.BASE) && wrong.contains(arm)) {
                tags.add("broken-" + arm);
            }
        }
        for (String rival : rivals()) {
            if (right.contains(ArmName.LEMA) && wrong.contains(rival)) {
                tags.add("lema-not-" + rival);
            }
            if (right.contains(rival) && wrong.contains(ArmName.LEMA)) {
                tags.add(rival + "-not-lema");
            }
        }
        if (wrong.isEmpty() && !right.isEmpty()) {
            tags.add("all-right");
        }
        if (right.isEmpty() && !wrong.isEmpty()) {
            tags.add("all-wrong");
        }
        return tags;
    }

    private Html body(Problem problem) {
        var html = new Html();
        html.add(ProblemText.of(problem, false)).open("div", "class", "answers");
        for (String arm : arms) {
            Evaluation evaluation = answers.get(arm).get(problem.id());
            if (evaluation != null) {
                html.add(AnswerColumn.of(ArmName.shown(arm), ArmName.style(arm, arms), evaluation));
            }
        }
        return html.close("div");
    }
}

package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Two runs on one self-contained page: settings, curves, and the problems that changed. */
public final class ComparisonPage {
    /** Blue and vermilion, as CoT and LeMa have them on a report. */
    private static final String STYLE_A = ArmName.style(ArmName.COT);

    private static final String STYLE_B = ArmName.style(ArmName.LEMA);
    /** Longer values of settings are cut. */
    private static final int LONGEST = 80;

    private final ComparedRun a;
    private final ComparedRun b;
    private final RunComparison found;

    private ComparisonPage(ComparedRun a, ComparedRun b, RunComparison found) {
        this.a = a;
        this.b = b;
        this.found = found;
    }

    /** The whole page; the same runs give the same bytes. */
    public static String render(ComparedRun a, ComparedRun b, RunComparison found) {
        return new ComparisonPage(a, b, found).render();
    }

    private String render() {
        List<String> sentences = sentences(found);
        HtmlPage page = new HtmlPage(
                "A " + name(found.a()) + " and B " + name(found.b()),
                sentences.getFirst(),
                sentences.subList(1, sentences.size()));
        if (!found.arms().isEmpty()) {
            page.section("answers", "Answers", answers());
        }
        if (!found.trainings().isEmpty()) {
            page.section("training", "Training", curves());
        }
        page.section("settings", "Settings that differ", settings());
        found.arms().forEach((arm, counts) -> {
            if (!counts.gained().isEmpty() || !counts.lost().isEmpty()) {
                page.section(
                        "changed-" + page(arm), "Problems that changed, " + ArmName.shown(arm), browser(arm, counts));
            }
        });
        Map<String, String> runs = new LinkedHashMap<>();
        runs.put("A", found.a());
        runs.put("B", found.b());
        return page.section("runs", "The runs", Facts.list(runs)).render();
    }

    /** What came out, the base last of the arms; there is always one. */
    public static List<String> sentences(RunComparison found) {
        List<String> sentences = new ArrayList<>();
        for (String arm : ArmName.ordered(found.arms().keySet()).reversed()) {
            sentences.add(answered(arm, found.arms().get(arm)));
        }
        found.trainings().forEach((name, training) -> sentences.add(trained(name, training)));
        if (sentences.isEmpty()) {
            sentences.add("The runs have no training and no evaluation in common.");
        }
        return sentences;
    }

    private static String answered(String arm, RunComparison.Arm counts) {
        String name = ArmName.shown(arm);
        if (counts.problems() == 0) {
            return name + ": the runs have no held-out problem in common.";
        }
        String solved = name + ": A solves " + counts.correctA() + " and B " + counts.correctB() + " of the same "
                + NumberFormats.count(counts.problems(), "problem", "problems");
        if (counts.gained().isEmpty() && counts.lost().isEmpty()) {
            return solved + ", and no verdict differs.";
        }
        return solved + "; B gains " + counts.gained().size() + " and loses "
                + counts.lost().size() + " (" + NumberFormats.pValue(counts.p())
                + (counts.p() < Comparison.LEVEL ? ")." : ", no difference shown).");
    }

    private static String trained(String name, RunComparison.Training training) {
        String which = "Training " + (name.equals("training") ? "" : ArmName.shown(name) + " ");
        if (training.same()) {
            return which + "is the same in all " + NumberFormats.count(training.stepsA(), "step", "steps") + ".";
        }
        String steps = training.stepsA() == training.stepsB()
                ? ""
                : " A has made " + NumberFormats.count(training.stepsA(), "step", "steps") + ", B "
                        + NumberFormats.count(training.stepsB()) + ".";
        return training.firstDivergingStep() == null
                ? which + "is the same as far as both go." + steps
                : which + "first differs in step " + training.firstDivergingStep() + "." + steps;
    }

    private Html answers() {
        var html = new Html();
        html.open("table", "class", "results").open("thead").open("tr").element("th", "Arm", "scope", "col");
        List<String> columns = List.of("Problems", "A right", "B right", "B gains", "B loses", "McNemar's test");
        columns.forEach(name -> html.element("th", name, "scope", "col", "class", "number"));
        html.close("tr").close("thead").open("tbody").line();
        for (String arm : ArmName.ordered(found.arms().keySet())) {
            RunComparison.Arm counts = found.arms().get(arm);
            html.open("tr").element("th", ArmName.shown(arm), "scope", "row");
            List<String> cells = List.of(
                    NumberFormats.count(counts.problems()),
                    right(counts.correctA(), counts.problems()),
                    right(counts.correctB(), counts.problems()),
                    NumberFormats.count(counts.gained().size()),
                    NumberFormats.count(counts.lost().size()),
                    NumberFormats.pValue(counts.p()));
            for (int i = 0; i < cells.size(); i++) {
                html.element("td", cells.get(i), "class", "number", "data-label", columns.get(i));
            }
            html.close("tr").line();
        }
        return html.close("tbody").close("table").line();
    }

    private static String right(int correct, int problems) {
        return NumberFormats.count(correct) + " (" + NumberFormats.percent(correct, problems) + ")";
    }

    private Html curves() {
        var html = new Html();
        html.open("div", "class", "charts");
        for (String name : ArmName.ordered(found.trainings().keySet())) {
            List<TrainingCurves.Drawn> both = List.of(
                    new TrainingCurves.Drawn("A", STYLE_A, a.trainings().get(name)),
                    new TrainingCurves.Drawn("B", STYLE_B, b.trainings().get(name)));
            String of = name.equals("training") ? "" : ", " + ArmName.shown(name);
            TrainingCurves.of(page(name) + "-", of, both).forEach(html::add);
        }
        return html.close("div");
    }

    private Html settings() {
        var html = new Html();
        if (found.settings().isEmpty()) {
            return html.element("p", "None: configs and inputs are the same.", "class", "lead");
        }
        html.open("table", "class", "results").open("thead").open("tr");
        List.of("Key", "A", "B").forEach(name -> html.element("th", name, "scope", "col"));
        html.close("tr").close("thead").open("tbody").line();
        for (RunComparison.Setting each : found.settings()) {
            html.open("tr").element("th", each.key(), "scope", "row");
            html.element("td", value(each.a()), "class", "wide", "data-label", "A");
            html.element("td", value(each.b()), "class", "wide", "data-label", "B")
                    .close("tr")
                    .line();
        }
        return html.close("tbody").close("table").line();
    }

    private static String value(String value) {
        return value == null ? "not set" : value.isEmpty() ? "empty" : Texts.shortened(value, LONGEST);
    }

    private Html browser(String arm, RunComparison.Arm counts) {
        Map<String, Evaluation> answersA = byId(a.evaluations().get(arm));
        Map<String, Evaluation> answersB = byId(b.evaluations().get(arm));
        Set<String> gained = Set.copyOf(counts.gained());
        List<String> changed = new ArrayList<>(counts.gained());
        changed.addAll(counts.lost());
        List<Problem> problems = changed.stream().map(this::problem).toList();
        Map<String, String> filters = new LinkedHashMap<>();
        filters.put("gained", "Gained by B");
        filters.put("lost", "Lost by B");
        return ProblemBrowser.of("problems-" + page(arm), problems, filters, "gained", problem -> {
            boolean won = gained.contains(problem.id());
            var body = new Html();
            body.add(ProblemText.of(problem, false)).open("div", "class", "answers");
            body.add(AnswerColumn.of("A", STYLE_A, answersA.get(problem.id())));
            body.add(AnswerColumn.of("B", STYLE_B, answersB.get(problem.id())));
            return new Entry(
                    problem.id() + " · " + (won ? "gained" : "lost"),
                    Set.of(won ? "gained" : "lost"),
                    body.close("div"));
        });
    }

    /** What is known of a problem; an evaluation alone knows no question. */
    private Problem problem(String id) {
        Problem known = a.problems().getOrDefault(id, b.problems().get(id));
        return known == null ? new Problem(id, "", "", null) : known;
    }

    private static Map<String, Evaluation> byId(List<Evaluation> answers) {
        Map<String, Evaluation> byId = new HashMap<>();
        answers.forEach(each -> byId.put(each.problemId(), each));
        return byId;
    }

    /** An arm's name as a part of an id on the page. */
    private static String page(String arm) {
        return arm.replaceAll("[^A-Za-z0-9_-]", "-");
    }

    private static String name(String folder) {
        return String.valueOf(Path.of(folder).toAbsolutePath().normalize().getFileName());
    }
}

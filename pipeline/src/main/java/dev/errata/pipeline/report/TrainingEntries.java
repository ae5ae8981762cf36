package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The problems that were trained on: each with its sampled paths, their corrections and the filter's verdicts. */
final class TrainingEntries {
    /** Filters by tag, with the words on their buttons. */
    static final Map<String, String> FILTERS = filters();

    /** Paths of one problem that are shown. */
    private static final int MOST_PATHS = 16;

    private final Map<String, List<ReasoningPath>> paths;
    private final Map<String, Correction> corrections = new HashMap<>();

    TrainingEntries(ReportData data) {
        paths = data.paths().stream().collect(Collectors.groupingBy(ReasoningPath::problemId));
        data.corrections()
                .forEach(correction -> corrections.put(key(correction.problemId(), correction.sample()), correction));
    }

    private static Map<String, String> filters() {
        var filters = new LinkedHashMap<String, String>();
        filters.put("kept", "Correction kept");
        filters.put("rejected", "Correction rejected");
        filters.put("corrected", "Given to the corrector");
        filters.put("all-right", "All paths right");
        filters.put("all-wrong", "All paths wrong");
        return filters;
    }

    private static String key(String problemId, int sample) {
        return sample + "/" + problemId;
    }

    Entry of(Problem problem) {
        List<ReasoningPath> own = paths.getOrDefault(problem.id(), List.of());
        var tags = new TreeSet<String>();
        long wrong = own.stream().filter(path -> !path.correct()).count();
        if (!own.isEmpty() && wrong == 0) {
            tags.add("all-right");
        }
        if (!own.isEmpty() && wrong == own.size()) {
            tags.add("all-wrong");
        }
        corrections(own).forEach(correction -> tags.add(correction.kept() ? "kept" : "rejected"));
        if (corrections(own).findAny().isPresent()) {
            tags.add("corrected");
        }
        String state = own.isEmpty() ? "not sampled" : wrong + " of " + own.size() + " wrong";
        return new Entry(problem.id() + " · " + state, tags, body(problem, own));
    }

    private Stream<Correction> corrections(List<ReasoningPath> own) {
        return own.stream()
                .map(path -> corrections.get(key(path.problemId(), path.sample())))
                .filter(correction -> correction != null);
    }

    private Html body(Problem problem, List<ReasoningPath> own) {
        var html = new Html();
        html.open("div", "class", "pair").add(ProblemText.of(problem, true)).open("div", "class", "paths");
        List<ReasoningPath> shown = own.size() <= MOST_PATHS ? own : own.subList(0, MOST_PATHS);
        // What went wrong comes first: it is what the page is for.
        var ordered = new ArrayList<ReasoningPath>();
        ordered.addAll(shown.stream()
                .filter(path -> !path.correct())
                .sorted(Comparator.comparing(path -> !isKept(path)))
                .toList());
        ordered.addAll(shown.stream().filter(ReasoningPath::correct).toList());
        ordered.forEach(path -> html.add(path(path, corrections.get(key(path.problemId(), path.sample())))));
        if (shown.size() < own.size()) {
            html.element("p", "The first " + MOST_PATHS + " of " + own.size() + " paths are shown.", "class", "note");
        }
        if (own.isEmpty()) {
            html.element("p", "No path was sampled for this problem.", "class", "note");
        }
        return html.close("div").close("div");
    }

    private boolean isKept(ReasoningPath path) {
        Correction correction = corrections.get(key(path.problemId(), path.sample()));
        return correction != null && correction.kept();
    }

    private static Html path(ReasoningPath path, Correction correction) {
        var html = new Html();
        String title = "Path " + (path.sample() + 1) + (path.correct() ? " is right" : " is wrong");
        String answer = path.finalAnswer() == null
                ? "no answer" + ("length".equals(path.finish()) ? ", cut off" : "")
                : "answers " + Texts.shortened(path.finalAnswer(), 40);
        if (path.correct()) {
            html.open("details", "class", "path right").open("summary");
            html.element("span", title, "class", "path-title").text(" ").element("span", answer, "class", "note");
            html.close("summary").add(ProblemText.steps(path.text(), 1, 0));
            return html.close("details").line();
        }
        html.open("section", "class", "path wrong").open("h4");
        html.element("span", title, "class", "path-title").text(" ").element("span", answer, "class", "note");
        html.close("h4");
        Integer step = correction == null ? null : correction.incorrectStep();
        List<String> steps = Texts.steps(path.text());
        Optional<WordDiff> diff = diff(steps, correction);
        html.add(ProblemText.steps(
                path.text(),
                1,
                step == null ? 0 : step,
                diff.map(WordDiff::before).orElse(List.of()),
                "del"));
        if (correction != null) {
            html.add(correction(
                    correction, steps.size(), diff.map(WordDiff::after).orElse(List.of())));
        }
        return html.close("section").line();
    }

    /** The wrong step's words beside those of the first step of the corrected solution. */
    private static Optional<WordDiff> diff(List<String> wrong, Correction correction) {
        boolean both = correction != null
                && correction.incorrectStep() != null
                && correction.incorrectStep() <= wrong.size()
                && correction.correctSolution() != null;
        List<String> right = both ? Texts.steps(correction.correctSolution()) : List.of();
        return right.isEmpty()
                ? Optional.empty()
                : WordDiff.of(wrong.get(correction.incorrectStep() - 1), right.getFirst());
    }

    /**
     * @param steps how many the wrong path has
     * @param changed the words of the corrected solution's first step; empty: nothing to compare
     */
    private static Html correction(Correction correction, int steps, List<WordDiff.Piece> changed) {
        var html = new Html();
        html.open("div", "class", "correction").open("h5").text("Correction");
        html.element("span", correction.corrector(), "class", "note").close("h5");
        if (correction.incorrectStep() != null) {
            boolean missing = correction.incorrectStep() > steps;
            html.open("p")
                    .element(
                            "strong",
                            missing
                                    ? "The solution stops after step " + steps + "."
                                    : "Step " + correction.incorrectStep() + " is wrong.");
            if (correction.explanation() != null) {
                html.text(" " + Texts.bounded(correction.explanation()));
            }
            html.close("p");
        } else if (correction.explanation() != null) {
            html.element("p", Texts.bounded(correction.explanation()));
        }
        if (correction.correctSolution() != null) {
            int first = correction.incorrectStep() == null ? 1 : correction.incorrectStep();
            html.add(ProblemText.steps(correction.correctSolution(), first, 0, changed, "ins"));
        } else if (correction.text() != null) {
            html.element("p", Texts.bounded(correction.text()), "class", "verbatim");
        } else {
            html.element(
                    "p",
                    "answer-key".equals(correction.corrector())
                            ? "The answer key blames no step."
                            : "The corrector gave no answer.",
                    "class",
                    "note");
        }
        html.element("p", Conclusions.of(correction), "class", correction.kept() ? "verdict kept" : "verdict rejected");
        return html.close("div");
    }
}

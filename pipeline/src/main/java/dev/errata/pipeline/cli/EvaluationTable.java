package dev.errata.pipeline.cli;

import dev.errata.pipeline.eval.EvaluationResult;
import dev.errata.pipeline.eval.EvaluationSettings;
import dev.errata.pipeline.grade.AnswerKind;
import java.util.Formatter;
import java.util.Locale;

/** What an evaluation found, for people. */
final class EvaluationTable {
    private EvaluationTable() {}

    static String of(EvaluationResult result, EvaluationSettings settings) {
        StringBuilder text = new StringBuilder();
        int samples = settings.metric().samples();
        try (Formatter to = new Formatter(text, Locale.ROOT)) {
            to.format(
                    "%s, %s: %d problems, %s, %s%n%n",
                    result.task(),
                    settings.model().getFileName(),
                    result.total(),
                    settings.fewShot() == 0
                            ? "zero-shot"
                            : settings.fewShot() + (settings.fewShot() == 1 ? " example" : " examples"),
                    samples == 1
                            ? settings.sampling().sampler().isGreedy() ? "greedy" : "sampled"
                            : samples + " samples each, " + settings.metric().shown() + " counts");
            to.format(
                    "accuracy   %5.1f %%   %.1f to %.1f %% (95 %%), %d solved, %d without an answer%n",
                    100 * result.accuracy(),
                    100 * result.low(),
                    100 * result.high(),
                    result.correct(),
                    result.noAnswer());
            to.format("strict     %5.1f %%   the answer after \"The answer is\"%n", 100 * result.strict());
            to.format(
                    "flexible   %5.1f %%   the last %s%n",
                    100 * result.flexible(), last(settings.task().answers()));
            if (result.maj() != null) {
                to.format("maj@%-6d %5.1f %%   the majority of the samples%n", samples, 100 * result.maj());
                to.format("pass@%-5d %5.1f %%   any of the samples%n", samples, 100 * result.pass());
            }
        }
        return text.toString();
    }

    private static String last(AnswerKind kind) {
        return switch (kind) {
            case NUMBER -> "number";
            case LATEX -> "box or number";
            case CHOICE -> "candidate";
            case LETTER -> "option letter";
        };
    }
}

package dev.errata.pipeline.eval;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.errata.pipeline.data.JsonRow;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model made of one problem: a line of {@code eval.jsonl}. Its first fields are those of the loop's evaluations.
 *
 * @param text of several samples, that of the one that counts
 * @param correct whether the problem is solved, by the metric where there are several samples
 * @param samples all of them; null for a single one, which is this record
 */
public record EvaluatedProblem(
        String problemId,
        String text,
        String finish,
        String finalAnswer,
        boolean correct,
        String strict,
        String flexible,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<SampledAnswer> samples) {
    /** The record of these samples, of which one counts. */
    static EvaluatedProblem of(String problemId, List<SampledAnswer> samples, int counts, boolean correct) {
        SampledAnswer one = samples.get(counts);
        return new EvaluatedProblem(
                problemId,
                one.text(),
                one.finish(),
                one.finalAnswer(),
                correct,
                one.strict(),
                one.flexible(),
                samples.size() == 1 ? null : samples);
    }

    /** A line of the file. */
    static EvaluatedProblem read(JsonRow row) {
        List<SampledAnswer> samples = null;
        if (row.has("samples")) {
            samples = new ArrayList<>();
            for (JsonRow each : row.blocks("samples")) {
                samples.add(SampledAnswer.of(each));
            }
        }
        SampledAnswer one = SampledAnswer.of(row);
        return new EvaluatedProblem(
                row.id("problem_id"),
                one.text(),
                one.finish(),
                one.finalAnswer(),
                one.correct(),
                one.strict(),
                one.flexible(),
                samples);
    }

    /** All samples, a single one too. */
    List<SampledAnswer> all() {
        return samples != null
                ? samples
                : List.of(new SampledAnswer(text, finish, finalAnswer, strict, flexible, correct));
    }
}

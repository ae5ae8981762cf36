package dev.errata.pipeline.data;

import dev.errata.pipeline.record.AugmentedPath;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.EvolvedAnswer;
import dev.errata.pipeline.record.EvolvedQuestion;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.StepRecord;

/** Reads the loop's own records; wrong or unknown fields are bad input with file and line. */
public final class RecordRows {
    private RecordRows() {}

    /** A line of {@code problems.jsonl} or {@code held_out.jsonl} in a run's folder. */
    public static Problem problem(JsonRow row) {
        row.allow("id", "question", "answer", "rationale", "candidates", "level", "steps");
        return new Problem(
                row.id("id"),
                row.text("question"),
                row.text("answer"),
                row.textOrNull("rationale"),
                row.has("candidates") ? row.texts("candidates") : null,
                row.textOrNull("level"),
                row.wholeOrNull("steps"));
    }

    /** A line of {@code sample/paths.jsonl} as the sample stage wrote it. */
    public static ReasoningPath path(JsonRow row) {
        row.allow("problem_id", "sample", "model", "temperature", "seed", "text", "finish", "final_answer", "correct");
        return new ReasoningPath(
                row.id("problem_id"),
                row.count("sample"),
                row.has("model") ? row.text("model") : "",
                row.numberOr("temperature", 0),
                row.longOr("seed", 0),
                row.text("text"),
                finish(row),
                row.has("final_answer") ? row.id("final_answer") : null,
                row.flag("correct"));
    }

    private static String finish(JsonRow row) {
        String finish = row.textOrNull("finish");
        if (finish != null && !finish.equals("stop") && !finish.equals("length")) {
            throw row.wrong("field finish is " + finish, "give stop or length, or leave it out");
        }
        return finish;
    }

    /** A line of {@code correct/corrections.jsonl}. */
    public static Correction correction(JsonRow row) {
        row.allow(
                "problem_id",
                "sample",
                "corrector",
                "text",
                "incorrect_step",
                "explanation",
                "correct_solution",
                "final_answer",
                "kept",
                "reason");
        return new Correction(
                row.id("problem_id"),
                row.count("sample"),
                row.has("corrector") ? row.text("corrector") : "",
                row.textOrNull("text"),
                row.wholeOrNull("incorrect_step"),
                row.textOrNull("explanation"),
                row.textOrNull("correct_solution"),
                row.has("final_answer") ? row.id("final_answer") : null,
                row.flag("kept"),
                row.textOrNull("reason"));
    }

    /** A line of {@code filter/cot.jsonl} or {@code filter/lema.jsonl}. */
    public static TrainingRow training(JsonRow row) {
        row.allow("prompt", "completion", "kind", "problem_id");
        return new TrainingRow(row.text("prompt"), row.text("completion"), row.text("kind"), row.id("problem_id"));
    }

    /** A line of {@code eval/<arm>.jsonl}. */
    public static Evaluation evaluation(JsonRow row) {
        row.allow("problem_id", "text", "finish", "final_answer", "correct");
        return new Evaluation(
                row.id("problem_id"),
                row.text("text"),
                finish(row),
                row.has("final_answer") ? row.id("final_answer") : null,
                row.flag("correct"));
    }

    /** A line of {@code metrics.jsonl}. */
    public static StepRecord metrics(JsonRow row) {
        return new StepRecord(
                row.whole("step"),
                row.number("loss"),
                row.number("grad_norm"),
                row.number("lr"),
                row.longOr("target_tokens", 0),
                row.numberOr("tokens_per_second", 0),
                row.has("validation_loss") ? Double.valueOf(row.number("validation_loss")) : null,
                row.textOrNull("outlier"),
                row.has("skipped") ? Boolean.valueOf(row.flag("skipped")) : null);
    }

    /** A line of {@code augment/paths.jsonl}. */
    public static AugmentedPath augmented(JsonRow row) {
        row.allow(
                "problem_id",
                "sample",
                "model",
                "temperature",
                "seed",
                "text",
                "finish",
                "final_answer",
                "kept",
                "reason");
        return new AugmentedPath(
                row.id("problem_id"),
                row.count("sample"),
                row.has("model") ? row.text("model") : "",
                row.numberOr("temperature", 0),
                row.longOr("seed", 0),
                row.text("text"),
                row.textOrNull("finish"),
                row.has("final_answer") ? row.id("final_answer") : null,
                row.flag("kept"),
                row.textOrNull("reason"));
    }

    /** A line of {@code evolve/questions.jsonl}. */
    public static EvolvedQuestion evolvedQuestion(JsonRow row) {
        row.allow("id", "seed_problem_id", "model", "text", "finish", "question", "reason");
        return new EvolvedQuestion(
                row.id("id"),
                row.id("seed_problem_id"),
                row.text("model"),
                row.text("text"),
                row.text("finish"),
                row.textOrNull("question"),
                row.textOrNull("reason"));
    }

    /** A line of {@code evolve/answers.jsonl}. */
    public static EvolvedAnswer evolvedAnswer(JsonRow row) {
        row.allow("problem_id", "sample", "text", "finish", "final_answer");
        return new EvolvedAnswer(
                row.id("problem_id"),
                row.count("sample"),
                row.text("text"),
                row.text("finish"),
                row.has("final_answer") ? row.id("final_answer") : null);
    }
}

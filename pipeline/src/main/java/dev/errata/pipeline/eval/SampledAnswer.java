package dev.errata.pipeline.eval;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.Task;

/**
 * One text that a model wrote about a problem, and the answers in it; null where there is none.
 *
 * @param finish {@code stop} or {@code length}
 * @param finalAnswer in any form that is known
 * @param strict in the form asked for, after {@code The answer is}
 * @param flexible what stands last and could be an answer
 * @param correct whether the final answer is the problem's
 */
public record SampledAnswer(
        String text, String finish, String finalAnswer, String strict, String flexible, boolean correct) {
    /** What a text says about a problem. */
    static SampledAnswer of(Completion written, Task task, Problem problem) {
        AnswerReader reader = task.reader(problem);
        String answer = reader.in(written.text());
        return new SampledAnswer(
                written.text(),
                written.finish(),
                answer,
                reader.strictlyIn(written.text()),
                reader.lastIn(written.text()),
                task.isRight(answer, problem));
    }

    static SampledAnswer of(JsonRow row) {
        return new SampledAnswer(
                row.text("text"),
                row.text("finish"),
                row.textOrNull("final_answer"),
                row.textOrNull("strict"),
                row.textOrNull("flexible"),
                row.flag("correct"));
    }
}

package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.grade.LemaCompat;
import dev.errata.pipeline.record.Problem;
import java.util.Optional;

/**
 * GSM8K (Cobbe et al., 2021): {@code question}, and an {@code answer} that is the rationale, {@code ####} and the number. That
 * is a layout of Errata's own, too ({@link ProblemFile}). Problems of one's own with numbers as answers are this task.
 */
public final class Gsm8k implements WordProblems {
    @Override
    public String name() {
        return "gsm8k";
    }

    @Override
    public PublicData data() {
        return new PublicData("test.jsonl", "https://github.com/openai/grade-school-math");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        return Optional.empty();
    }

    @Override
    public Optional<LemaCompat.Rule> releaseRule() {
        return Optional.of(LemaCompat.Rule.NUMBERS);
    }
}

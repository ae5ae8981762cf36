package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.record.Problem;
import java.util.Optional;

/** ASDiv (Miao et al., 2020) as ToRA republished it: {@code body}, {@code question}, {@code answer} as {@code 9 (apples)}. */
public final class Asdiv implements WordProblems {
    @Override
    public String name() {
        return "asdiv";
    }

    @Override
    public PublicData data() {
        return new PublicData("src/data/asdiv/test.jsonl", "https://github.com/microsoft/ToRA");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        if (!row.hasAll("body", "question", "answer")) {
            return Optional.empty();
        }
        String answer = WordProblems.number(row, "answer");
        int unit = answer.indexOf('(');
        String question = row.text("body").strip() + " " + row.text("question").strip();
        return Optional.of(new Problem(null, question, (unit > 0 ? answer.substring(0, unit) : answer).strip(), null));
    }
}

package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.record.Problem;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * ASDiv (Miao et al., 2020) as ToRA republished it: {@code body}, {@code question}, {@code answer} as {@code 9 (apples)}. As in
 * the paper (arXiv 2310.20689, C.2) the problems count whose answer is a number, which are 2,084 of its 2,215.
 */
public final class Asdiv implements WordProblems {
    private static final Pattern NUMBER = Pattern.compile("-?\\d*\\.?\\d+");

    @Override
    public String name() {
        return "asdiv";
    }

    @Override
    public PublicData data() {
        return new PublicData("src/data/asdiv/test.jsonl", "https://github.com/microsoft/ToRA");
    }

    @Override
    public boolean counts(Problem published) {
        return NUMBER.matcher(published.answer()).matches();
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

package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.record.Problem;
import java.util.Optional;

/** MAWPS (Koncel-Kedziorski et al., 2016) as ToRA republished it: {@code input}, {@code target}. */
public final class Mawps implements WordProblems {
    @Override
    public String name() {
        return "mawps";
    }

    @Override
    public PublicData data() {
        return new PublicData("src/data/mawps/test.jsonl", "https://github.com/microsoft/ToRA");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        return row.hasAll("input", "target")
                ? Optional.of(new Problem(null, row.text("input").strip(), WordProblems.number(row, "target"), null))
                : Optional.empty();
    }
}

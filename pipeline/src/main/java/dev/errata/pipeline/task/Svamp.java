package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.record.Problem;
import java.util.Optional;

/** SVAMP (Patel et al., 2021): {@code Body}, {@code Question}, {@code Answer}, {@code ID}; the body's stop may be missing. */
public final class Svamp implements WordProblems {
    @Override
    public String name() {
        return "svamp";
    }

    @Override
    public PublicData data() {
        return new PublicData("SVAMP.json, a row a line", "https://github.com/arkilpatel/SVAMP");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        if (!row.hasAll("Body", "Question", "Answer")) {
            return Optional.empty();
        }
        String body = row.text("Body").strip();
        String stopped = body.endsWith(".") ? body : body + ".";
        String id = row.has("ID") ? row.id("ID") : null;
        String question = stopped + " " + row.text("Question").strip();
        return Optional.of(new Problem(id, question, WordProblems.number(row, "Answer"), null));
    }
}

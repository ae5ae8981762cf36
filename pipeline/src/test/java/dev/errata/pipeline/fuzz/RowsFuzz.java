package dev.errata.pipeline.fuzz;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.task.CompetitionMath;
import dev.errata.pipeline.task.Gsm8k;
import dev.errata.pipeline.task.ProblemFile;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** JSONL rows: problems, the loop's records, training rows. */
public final class RowsFuzz {
    private static final List<Consumer<JsonRow>> READERS = List.of(
            RecordRows::problem,
            RecordRows::path,
            RecordRows::correction,
            RecordRows::training,
            RecordRows::evaluation,
            RecordRows::metrics,
            row -> row.wholes("ids"),
            row -> row.texts("candidates"),
            row -> row.block("settings").allow("temperature").number("temperature"));

    private RowsFuzz() {}

    /** Reads one input with every reader of rows. */
    public static void fuzzerTestOneInput(byte[] input) {
        read(Trial.file("rows.jsonl", input), input.length);
    }

    static void read(Path file, int bytes) {
        for (Consumer<JsonRow> reader : READERS) {
            Trial.run(bytes, () -> JsonRows.forEach(file, reader));
        }
        Trial.run(bytes, () -> ProblemFile.read(file, new Gsm8k(), _ -> {}));
        Trial.run(bytes, () -> ProblemFile.read(file, new CompetitionMath(), _ -> {}));
    }
}

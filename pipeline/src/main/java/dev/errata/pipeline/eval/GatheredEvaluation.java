package dev.errata.pipeline.eval;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.folder.ShardSet;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Joins the shards of an evaluation into the records of an undivided one. */
public final class GatheredEvaluation {
    private GatheredEvaluation() {}

    /**
     * Joins; everything is looked at before anything is written.
     *
     * @param parts folders of one evaluation, each with a shard or several
     * @return how many records were joined, by file
     * @throws BadInputException if a part is missing, doubled, unfinished or of other settings
     */
    public static SortedMap<String, Integer> of(Path output, List<Path> parts) {
        EvaluationFolder.Made first = EvaluationFolder.made(parts.getFirst());
        for (Path part : parts) {
            requireSame(first, part, parts.getFirst());
        }
        ShardSet set = ShardSet.in(parts, List.of("")).getFirst();
        String joined = set.joined();
        List<String> ids = WholeLines.of(output.resolve(set.name()), joined, row -> row.id("problem_id"));
        if (!ids.equals(first.problems())) {
            throw new BadInputException(
                    ids.size() + " records that are not the " + first.problems().size()
                            + " of an undivided evaluation, in order",
                    "the folders given",
                    "make the shards anew, with the same options");
        }
        try (EvaluationFolder folder = EvaluationFolder.open(output, first)) {
            Path file = folder.records(WorkShard.WHOLE);
            if (!Files.exists(file)) {
                AtomicFile.write(file, joined);
            }
        }
        return new TreeMap<>(Map.of(set.name(), ids.size()));
    }

    private static void requireSame(EvaluationFolder.Made first, Path part, Path firstPart) {
        if (!EvaluationFolder.isOne(part)) {
            throw new BadInputException(
                    "not the folder of an evaluation", part.toString(), "name folders made by eval with --shard I/N");
        }
        EvaluationFolder.Made made = EvaluationFolder.made(part);
        try {
            first.provenance().requireSettings(made.provenance().settings(), part);
        } catch (BadInputException e) {
            throw new BadInputException(
                    e.what(), part + " beside " + firstPart, "gather parts of one evaluation alone", e);
        }
    }
}

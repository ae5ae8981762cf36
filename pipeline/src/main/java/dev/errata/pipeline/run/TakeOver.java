package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.pipeline.folder.VerifiedCopy;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * Takes from another run what would come out the same here: pieces of stages on the same basis, and of files of records as many
 * of the first ones as are made from the same. What is taken is compared with the original by its hash and gets its name when
 * it is whole.
 */
final class TakeOver {
    private final RunFolder from;
    private final LoopConfig config;
    private final Manifest manifest;

    private TakeOver(RunFolder from, LoopConfig config, Manifest manifest) {
        this.from = from;
        this.config = config;
        this.manifest = manifest;
    }

    /**
     * Looks at the other run.
     *
     * @param to this run's folder
     * @throws BadInputException if it is none, was made by another version, or is this run itself
     */
    static TakeOver of(Path from, Path to) {
        RunFolder folder = new RunFolder(from);
        if (!RunReport.isRun(from)) {
            throw new BadInputException("not a run's folder", from.toString(), "name a run with from=RUN");
        }
        if (Files.exists(to) && isSame(from, to)) {
            throw new BadInputException(
                    "a run can't be taken over into itself", from.toString(), "choose another output");
        }
        return new TakeOver(folder, RunReport.config(from, List.of()), Manifest.read(folder));
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            throw new BadInputException("the folder cannot be read", one.toString(), "check its permissions", e);
        }
    }

    /**
     * Whether a stage may come whole from there, by the settings alone; then what it would need to work isn't looked at
     * before it turns out that it must.
     */
    boolean mayGive(Stage stage, LoopConfig wanted) {
        Manifest.StageEntry entry = manifest.stages().get(stage.name());
        List<StagePiece> there = stage.pieces(from, config).stream()
                .filter(piece -> piece.basis() != null && piece.isThere())
                .toList();
        if (entry == null || entry.input() != null || there.isEmpty()) {
            return false;
        }
        SortedMap<String, String> own =
                RunSettings.compared(wanted, RunSettings.lookAt(RunSettings.inputs(wanted), Map.of()));
        SortedMap<String, String> others = manifest.provenance().settings();
        Basis basis = there.getFirst().basis().get();
        return RunSettings.firstDifference(basis.of(others), basis.of(own)).isEmpty();
    }

    /** Takes what there is for a stage and says in one line what was taken and what not, and why. */
    void take(Stage stage, LoopRun run) {
        List<StagePiece> wanted = stage.pieces(run.folder(), run.config()).stream()
                .filter(piece -> piece.basis() != null && !piece.isThere())
                .toList();
        if (wanted.isEmpty()) {
            return;
        }
        Manifest.StageEntry entry = manifest.stages().get(stage.name());
        if (entry == null || entry.input() != null) {
            say(
                    stage,
                    run,
                    "nothing is taken from " + from.path() + ", "
                            + (entry == null ? "which hasn't got so far" : "where it was given a file"));
            return;
        }
        List<StagePiece> there = stage.pieces(from, config).stream()
                .filter(piece -> piece.basis() != null && piece.isThere())
                .toList();
        List<String> said = new ArrayList<>();
        for (StagePiece piece : wanted) {
            String outcome = taken(piece, there, run);
            said.add(wanted.size() == 1 ? outcome : piece.name() + " " + outcome);
        }
        say(stage, run, "from " + from.path() + ": " + String.join("; ", said));
    }

    private static void say(Stage stage, LoopRun run, String sentence) {
        run.surroundings().progress().say(stage.name() + ": " + sentence);
    }

    /** Takes the best piece there is; the one of its own name is asked first, and says why there is none. */
    private String taken(StagePiece piece, List<StagePiece> there, LoopRun run) {
        SortedMap<String, String> own = run.manifest().provenance().settings();
        SortedMap<String, String> others = manifest.provenance().settings();
        Basis basis = piece.basis().get();
        String why = "is made anew, there is none";
        List<StagePiece> ordered = there.stream()
                .sorted(Comparator.comparing((StagePiece each) -> !each.name().equals(piece.name())))
                .toList();
        for (StagePiece each : ordered) {
            Basis other = each.basis().get();
            Optional<String> difference = basis.difference(other, others, own);
            if (difference.isEmpty()) {
                return basis.each() == null ? whole(piece, each, run) : records(piece, basis, each, other);
            }
            if (each.name().equals(piece.name())) {
                why = "is made anew, " + difference.get();
            }
        }
        return why;
    }

    /** A whole file, or a folder as a training is. */
    private String whole(StagePiece piece, StagePiece other, LoopRun run) {
        if (Files.exists(piece.path())) {
            return "goes on, it is begun here";
        }
        if (Files.isDirectory(other.path())) {
            VerifiedCopy.ofFolder(other.path(), piece.path(), copy -> TrainStage.writeConfig(run, piece.name(), copy));
        } else {
            VerifiedCopy.ofFile(other.path(), piece.path());
            deleteBegun(begun(piece));
        }
        return "is taken" + (other.name().equals(piece.name()) ? "" : ", it is that of " + other.name());
    }

    /** The first records; where they are not all, the stage goes on after them as after a kill. */
    private static String records(StagePiece piece, Basis basis, StagePiece other, Basis others) {
        int count = basis.common(others);
        boolean all = count == basis.each().size();
        Path partial = begun(piece);
        Path target = all ? piece.path() : partial;
        if (!all && lines(partial) >= count) {
            return "goes on, as many are there";
        }
        StringBuilder text = new StringBuilder();
        try (Stream<String> records = Files.lines(other.path())) {
            records.limit(count).forEach(line -> text.append(line).append('\n'));
            Files.createDirectories(target.getParent());
        } catch (IOException e) {
            throw new BadInputException(
                    "the records cannot be read", other.path().toString(), "check the file", e);
        }
        AtomicFile.write(target, text.toString());
        VerifiedCopy.require(target, text.toString());
        if (all) {
            deleteBegun(partial);
        }
        return all
                ? "is taken, " + count + " records"
                : "goes on after " + count + " records that are taken, of "
                        + basis.each().size();
    }

    private static Path begun(StagePiece piece) {
        return piece.path().resolveSibling(piece.path().getFileName() + ".partial");
    }

    private static void deleteBegun(Path partial) {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            throw WriteFailure.of(partial, e);
        }
    }

    private static long lines(Path file) {
        if (!Files.exists(file)) {
            return -1;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new BadInputException("the records cannot be read", file.toString(), "check the file", e);
        }
    }
}

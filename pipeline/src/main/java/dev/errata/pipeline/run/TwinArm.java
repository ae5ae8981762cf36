package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An arm whose rows are another's to the byte and whose steps are as many: one training and one evaluation serve both. */
final class TwinArm {
    private TwinArm() {}

    /** The arm before this one that has its rows and is trained, if there is any. */
    static Optional<String> trained(LoopRun run, String arm) {
        RunFolder folder = run.folder();
        return before(run, arm).stream()
                .filter(other -> TrainStage.isTrained(folder, other))
                .filter(other -> Objects.equals(
                        run.config().arm(other).steps(), run.config().arm(arm).steps()))
                .filter(other -> same(folder.rows(other), folder.rows(arm)))
                .findFirst();
    }

    /** The arm before this one that has its adapter and is evaluated, if there is any. */
    static Optional<String> evaluated(LoopRun run, String arm) {
        RunFolder folder = run.folder();
        return before(run, arm).stream()
                .filter(other -> Files.exists(folder.evaluation(other)))
                .filter(other -> same(weights(run, other), weights(run, arm)))
                .findFirst();
    }

    private static List<String> before(LoopRun run, String arm) {
        List<String> arms = run.config().armNames();
        return arms.subList(0, Math.max(0, arms.indexOf(arm)));
    }

    private static Path weights(LoopRun run, String arm) {
        return ArmResult.of(run.folder(), run.config(), arm).weights();
    }

    /** Whether two files have the same bytes, or two models' folders files of the same names and bytes. */
    private static boolean same(Path one, Path other) {
        try {
            if (Files.isDirectory(one) && Files.isDirectory(other)) {
                return names(one).equals(names(other))
                        && names(one).stream().allMatch(name -> same(one.resolve(name), other.resolve(name)));
            }
            return Files.exists(one) && Files.exists(other) && Files.mismatch(one, other) < 0;
        } catch (IOException e) {
            throw new BadInputException("a record cannot be read", other.toString(), "check its permissions", e);
        }
    }

    private static Set<Path> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName).collect(Collectors.toSet());
        }
    }

    /** Gives an arm that is not evaluated yet the answers of another. */
    static void copyEvaluation(RunFolder folder, String from, String to) {
        if (!Files.exists(folder.evaluation(to))) {
            try {
                AtomicFile.write(folder.evaluation(to), Files.readString(folder.evaluation(from)));
            } catch (IOException e) {
                throw new BadInputException(
                        "the answers cannot be read", folder.evaluation(from).toString(), "check the file", e);
            }
        }
    }
}

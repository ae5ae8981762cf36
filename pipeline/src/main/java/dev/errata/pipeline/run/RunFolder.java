package dev.errata.pipeline.run;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.folder.InputFile;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The places in a run's folder.
 *
 * @param shard the part of its records that is worked on; files of a part have names of their own
 */
public record RunFolder(Path path, WorkShard shard) {
    /** All of a run. */
    public RunFolder(Path path) {
        this(path, WorkShard.WHOLE);
    }

    public Path config() {
        return path.resolve("config.yaml");
    }

    public Path manifest() {
        return path.resolve("manifest.json");
    }

    public Path problems() {
        return path.resolve("problems.jsonl");
    }

    public Path heldOut() {
        return path.resolve("held_out.jsonl");
    }

    /** The problems that choose among checkpoints. */
    public Path choosing() {
        return path.resolve("choosing.jsonl");
    }

    /** Paths that were sampled here. */
    public Path sampled() {
        return shard.file(path.resolve("sample/paths.jsonl"));
    }

    /** Paths from elsewhere, as the corrector was given them. */
    public Path foreign() {
        return path.resolve("correct/paths.jsonl");
    }

    /**
     * The paths that the corrections are about: those from elsewhere if there are any; for a part those of the same part, or
     * else all, of which it takes its own.
     */
    public Path paths() {
        Path all = new RunFolder(path).sampled();
        return Files.exists(foreign()) ? foreign() : Files.exists(all) ? all : sampled();
    }

    /** Further solutions of the problems taken. */
    public Path augmented() {
        return path.resolve("augment/paths.jsonl");
    }

    /** New problems. */
    public EvolvedFiles evolved() {
        return new EvolvedFiles(path.resolve("evolve"));
    }

    public Path corrections() {
        return shard.file(path.resolve("correct/corrections.jsonl"));
    }

    /** The training rows of an arm. */
    public Path rows(String arm) {
        return path.resolve("filter").resolve(arm + ".jsonl");
    }

    /** What the arms' rows are, in figures. */
    public Path mixtures() {
        return path.resolve("filter/arms.json");
    }

    /** The training of an arm. */
    public Path training(String arm) {
        return path.resolve("train").resolve(arm);
    }

    public Path metrics(String arm) {
        return training(arm).resolve("metrics.jsonl");
    }

    /** What the training of an arm came to, once it is done. */
    public Path trainingSummary(String arm) {
        return training(arm).resolve("summary.json");
    }

    public Path adapter(String arm) {
        return training(arm).resolve("adapter");
    }

    /** The answers of an arm's checkpoint to the problems that choose. */
    public Path choosing(String arm, int step) {
        return path.resolve("choose").resolve(arm).resolve("step-" + step + ".jsonl");
    }

    /** Which checkpoint of each arm was chosen, and of what. */
    public Path choices() {
        return path.resolve("choose/choices.json");
    }

    /** The whole model of an arm after full fine-tuning. */
    public Path model(String arm) {
        return training(arm).resolve("model");
    }

    /** The answers of {@code base} or an arm to the held-out problems. */
    public Path evaluation(String arm) {
        return shard.file(path.resolve("eval").resolve(arm + ".jsonl"));
    }

    /** The losses of {@code base} and the arms on the same solutions. */
    public Path solutionLoss() {
        return path.resolve("eval/solution_loss.json");
    }

    /** The perplexities of wrong and right paths for {@code base} and the arms. */
    public Path pathPerplexity() {
        return path.resolve("eval/path_perplexity.json");
    }

    public Path summary() {
        return path.resolve("summary.json");
    }

    public Path report() {
        return path.resolve("report.html");
    }

    /** Answers of endpoints, by the hash of their request. */
    public Path cache() {
        return path.resolve("cache");
    }

    /** Whether anything was done in it: a stage has its folder. Until then it is bound to no config. */
    boolean holdsWork() {
        return Stream.concat(Stages.folders().stream(), Stream.of("cache"))
                .anyMatch(stage -> holdsFile(path.resolve(stage)));
    }

    /** The lines of a file of records that is whole. */
    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new BadInputException("the records cannot be read", file.toString(), "check the file", e);
        }
    }

    /** The lines of a file of problems, by their ids. */
    static Map<String, String> problems(Path file) {
        return JsonRows.readAll(file, RecordRows::problem).stream().collect(Collectors.toMap(Problem::id, Json::line));
    }

    /** The hash of a file, or of a model's folder, that is there. */
    static String hash(Path input) {
        return InputFile.of(input, null).sha256();
    }

    private static boolean holdsFile(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> inside = Files.walk(folder)) {
            return inside.anyMatch(Files::isRegularFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

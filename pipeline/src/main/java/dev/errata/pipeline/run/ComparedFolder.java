package dev.errata.pipeline.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.StepLog;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.report.ComparedRun;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StepRecord;
import dev.errata.train.binding.ConfigTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads a folder that is to be compared with another: a run of the loop, a training, or an evaluation, finished or not. */
public final class ComparedFolder {
    private static final String TRAINING = "training";
    private static final String EVALUATION = "eval";

    private ComparedFolder() {}

    /**
     * What the folder holds.
     *
     * @throws BadInputException if it is no run, or holds a damaged record
     */
    public static ComparedRun read(Path path) {
        if (!RunReport.isAnyRun(path)) {
            throw new BadInputException(
                    "not a run's folder", path.toString(), "name a folder that run, train or eval has made");
        }
        RunFolder folder = new RunFolder(path);
        SortedMap<String, List<StepRecord>> trainings = new TreeMap<>();
        put(trainings, TRAINING, StepLog.read(path.resolve("metrics.jsonl")));
        inside(path.resolve("train"))
                .forEach(arm -> put(trainings, name(arm), StepLog.read(arm.resolve("metrics.jsonl"))));
        SortedMap<String, List<Evaluation>> evaluations = new TreeMap<>();
        put(evaluations, EVALUATION, WholeLines.read(path.resolve("eval.jsonl"), RecordRows::evaluation));
        inside(path.resolve("eval")).stream()
                .filter(file -> name(file).matches("[^.]+\\.jsonl(\\.partial)?"))
                .map(file -> name(file).substring(0, name(file).indexOf('.')))
                .forEach(arm -> put(evaluations, arm, WholeLines.read(folder.evaluation(arm), RecordRows::evaluation)));
        Map<String, Problem> problems = new LinkedHashMap<>();
        WholeLines.read(folder.heldOut(), RecordRows::problem).forEach(each -> problems.put(each.id(), each));
        return new ComparedRun(path.toString(), settings(folder), trainings, evaluations, problems);
    }

    private static <R> void put(SortedMap<String, List<R>> map, String name, List<R> rows) {
        if (!rows.isEmpty()) {
            map.put(name, rows);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static List<Path> inside(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new BadInputException("the folder cannot be read", folder.toString(), "check its permissions", e);
        }
    }

    /** The config's keys, and the hashes of what they name. */
    private static SortedMap<String, String> settings(RunFolder folder) {
        SortedMap<String, String> settings = new TreeMap<>();
        if (Files.exists(folder.config())) {
            settings.putAll(RunSettings.flat(ConfigTree.read(folder.config()).root()));
            settings.remove("output");
        }
        JsonNode manifest;
        try {
            manifest = Json.parse(Files.readString(folder.manifest()));
        } catch (IOException e) {
            throw new BadInputException("not a manifest", folder.manifest().toString(), "choose another run", e);
        }
        manifest.path("inputs")
                .properties()
                .forEach(each -> settings.put(
                        "SHA-256 of " + each.getKey(),
                        each.getValue().path("sha256").asText()));
        return settings;
    }
}

package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.folder.OutputFolder;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.folder.ShardSet;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** Joins the shards of a run's stages into the records of an undivided run. Everything is looked at before anything is written. */
public final class GatheredRun {
    private final RunFolder run;
    private final List<Path> parts;
    private final List<Manifest> manifests = new ArrayList<>();
    private final SortedMap<Path, String> files = new TreeMap<>();
    private final SortedMap<String, Integer> records = new TreeMap<>();

    private GatheredRun(Path run, List<Path> parts) {
        this.run = new RunFolder(run);
        this.parts = parts;
    }

    /**
     * Joins.
     *
     * @param run new, or the run itself, which has the records that were not divided
     * @param parts folders of one config, each with a shard or several
     * @return how many records each file has that was joined
     * @throws BadInputException if a part is missing, doubled, unfinished or of another config; {@code run} is as it was then
     */
    public static SortedMap<String, Integer> of(Path run, List<Path> parts) {
        GatheredRun gathered = new GatheredRun(run, parts);
        gathered.readManifests();
        for (ShardSet set : ShardSet.in(
                parts, Stages.divisible().stream().map(Stage::folder).toList())) {
            gathered.join(set);
        }
        gathered.takeUndivided();
        gathered.files.forEach(GatheredRun::requireNoOther);
        LoopConfig config = LoopConfig.read(
                new RunFolder(parts.getFirst()).config(),
                List.of("output=" + Json.line(run.toAbsolutePath().normalize().toString())));
        gathered.checkRecords(config);
        OutputFolder.require(run);
        try (RunLock _ = RunLock.take(run)) {
            gathered.write(config);
        }
        return gathered.records;
    }

    private void readManifests() {
        for (Path part : parts) {
            if (!RunReport.isRun(part)) {
                throw new BadInputException(
                        "not a run's folder", part.toString(), "name folders made with --shard I/N");
            }
            Manifest manifest = Manifest.read(new RunFolder(part));
            requireSame(manifest, part);
            manifests.add(manifest);
        }
        Manifest own = Manifest.read(run);
        if (own != null && run.holdsWork()) {
            requireSame(own, run.path());
        } else if (run.holdsWork()) {
            throw new BadInputException("records without a manifest", run.path().toString(), "choose another folder");
        }
    }

    private void requireSame(Manifest manifest, Path folder) {
        if (manifests.isEmpty()) {
            return;
        }
        try {
            manifests
                    .getFirst()
                    .provenance()
                    .requireSettings(manifest.provenance().settings(), folder);
        } catch (BadInputException e) {
            throw new BadInputException(
                    e.what(), folder + " beside " + parts.getFirst(), "gather parts of one config alone", e);
        }
    }

    private void join(ShardSet set) {
        String text = set.joined();
        files.put(run.path().resolve(set.name()), text);
        records.put(set.name(), (int) text.lines().count());
    }

    /** What lies beside the shards and is the same for all. */
    private void takeUndivided() {
        if (records.containsKey("correct/corrections.jsonl")) {
            takeEqual("correct/paths.jsonl");
        }
        if (records.keySet().stream().anyMatch(name -> name.startsWith("eval/"))) {
            for (Path part : parts) {
                takeMeasured(new RunFolder(part).solutionLoss(), run.solutionLoss());
                takeMeasured(new RunFolder(part).pathPerplexity(), run.pathPerplexity());
            }
        }
    }

    /** One of the parts has measured for all. */
    private void takeMeasured(Path file, Path place) {
        if (Files.exists(file)) {
            files.put(place, ShardSet.text(file));
        }
    }

    private void takeEqual(String name) {
        String first = null;
        for (Path part : parts) {
            Path file = part.resolve(name);
            if (!Files.exists(file)) {
                continue;
            }
            String text = ShardSet.text(file);
            if (first != null && !first.equals(text)) {
                throw new BadInputException(
                        "shards of other paths than those of " + parts.getFirst(),
                        file.toString(),
                        "gather parts that had one input");
            }
            first = text;
        }
        if (first != null) {
            files.put(run.path().resolve(name), first);
        }
    }

    private void write(LoopConfig config) {
        Path first = parts.getFirst();
        Manifest manifest =
                run.holdsWork() ? Manifest.read(run) : manifests.getFirst().withoutStages();
        for (Stage stage : Stages.divisible()) {
            if (records.keySet().stream().anyMatch(name -> name.startsWith(stage.folder() + "/"))) {
                manifest = manifest.withStage(stage.name(), entry(stage.name()));
            }
        }
        manifest.write(run);
        AtomicFile.write(run.config(), ConfigText.yaml(config));
        AtomicFile.write(run.problems(), ShardSet.text(new RunFolder(first).problems()));
        AtomicFile.write(run.heldOut(), ShardSet.text(new RunFolder(first).heldOut()));
        if (config.choose() != null) {
            AtomicFile.write(run.choosing(), ShardSet.text(new RunFolder(first).choosing()));
        }
        files.forEach((file, text) -> {
            OutputFolder.require(file.getParent());
            AtomicFile.write(file, text);
        });
    }

    private static void requireNoOther(Path file, String text) {
        if (Files.exists(file) && !ShardSet.text(file).equals(text)) {
            throw new BadInputException(
                    "other records are there already", file.toString(), "gather into another folder");
        }
    }

    /** The stage's own entry as an undivided run would have it; its time is that of all parts. */
    private Manifest.StageEntry entry(String stage) {
        double seconds = 0;
        String input = null;
        List<String> units = null;
        for (Manifest manifest : manifests) {
            for (String name : manifest.stages().keySet()) {
                if (name.startsWith(stage + " ")) {
                    seconds += manifest.stages().get(name).seconds();
                    input = manifest.stages().get(name).input();
                    units = manifest.stages().get(name).units();
                }
            }
        }
        return new Manifest.StageEntry(input, seconds, true, units);
    }

    /** Every record must stand where an undivided run has it. */
    private void checkRecords(LoopConfig config) {
        List<String> taken = new ArrayList<>();
        for (String id : ids(new RunFolder(parts.getFirst()).problems())) {
            for (int sample = 0; sample < config.sample().paths(); sample++) {
                taken.add(id + " " + sample);
            }
        }
        List<String> heldOut = ids(new RunFolder(parts.getFirst()).heldOut());
        for (String name : records.keySet()) {
            Path file = run.path().resolve(name);
            List<String> wanted = name.startsWith("sample/") ? taken : name.startsWith("eval/") ? heldOut : wrong();
            List<String> found = rows(
                    file,
                    row -> name.startsWith("eval/")
                            ? row.id("problem_id")
                            : row.id("problem_id") + " " + row.count("sample"));
            if (!found.equals(wanted)) {
                throw new BadInputException(
                        found.size() + " records of " + name + " that are not the " + wanted.size()
                                + " of an undivided run, in order",
                        "the folders given",
                        "make the shards anew, of one config and one input");
            }
        }
    }

    private static List<String> ids(Path problems) {
        return JsonRows.readAll(problems, RecordRows::problem).stream()
                .map(Problem::id)
                .toList();
    }

    /** The wrong paths that corrections are about. */
    private List<String> wrong() {
        Path foreign = run.foreign();
        Path file = files.containsKey(foreign) || Files.exists(foreign) ? foreign : run.sampled();
        if (!files.containsKey(file) && !Files.exists(file)) {
            throw new BadInputException(
                    "corrections without the paths that they belong to",
                    run.path().toString(),
                    "gather into the run that was sampled");
        }
        return rows(file, row -> {
            ReasoningPath path = RecordRows.path(row);
            return path.correct() ? null : path.problemId() + " " + path.sample();
        });
    }

    private interface Reader {
        String read(JsonRow row);
    }

    /** What a reader makes of the rows of a file that is joined here or lies in the run; null is left out. */
    private List<String> rows(Path file, Reader reader) {
        List<String> found = new ArrayList<>();
        String text = files.get(file);
        if (text == null) {
            JsonRows.forEach(file, row -> found.add(reader.read(row)));
        } else {
            WholeLines.of(file, text, reader::read).forEach(found::add);
        }
        found.removeIf(Objects::isNull);
        return found;
    }
}

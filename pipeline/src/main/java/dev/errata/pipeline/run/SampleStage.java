package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.SampleConfig;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Samples several reasoning paths for each problem. */
record SampleStage() implements Stage {
    @Override
    public String name() {
        return "sample";
    }

    @Override
    public String description() {
        return "Sample reasoning paths, several for each problem.";
    }

    @Override
    public String folder() {
        return "sample";
    }

    @Override
    public boolean isDivisible() {
        return true;
    }

    @Override
    public boolean computesBf16(LoopConfig config) {
        return config.precision(config.sample().dtype()).computesBf16();
    }

    @Override
    public Optional<String> lacks(RunFolder folder, LoopConfig config, Path input) {
        return Optional.empty();
    }

    @Override
    public List<StagePiece> pieces(RunFolder folder, LoopConfig config) {
        return List.of(new StagePiece(name(), folder.sampled(), () -> basis(folder.problems(), config)));
    }

    /** A path is made from its problem and its number; how many problems there are changes none of them. */
    static Basis basis(Path problems, LoopConfig run) {
        SampleConfig config = run.sample();
        if (config.models() != null) {
            return ofSeveralModels(problems);
        }
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.addAll(List.of("sample", "seed", "train.adapter"));
        if (config.fewShot() > 0) {
            keys.add("problems");
        }
        List<String> each = RunFolder.lines(problems).stream()
                .flatMap(problem -> IntStream.range(0, config.samples()).mapToObj(sample -> sample + " " + problem))
                .toList();
        return Basis.ofRecords(keys, Set.of("sample.problems"), each);
    }

    /** Several models' paths come together when all are there. */
    private static Basis ofSeveralModels(Path problems) {
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.addAll(List.of("sample", "seed", "problems"));
        return new Basis(keys, Set.of(), Map.of("problems", RunFolder.hash(problems)), null);
    }

    @Override
    public void run(LoopRun run, Path input) {
        sample(
                run,
                run.folder().shard().of(run.problems().taken()),
                run.folder().sampled(),
                "sample");
    }

    /**
     * Samples paths of these problems. Where several models sample, each has a file of its own until all are done; then they
     * stand together, problem by problem.
     *
     * @param name what progress calls it
     */
    static void sample(LoopRun run, List<Problem> problems, Path file, String name) {
        List<Path> models = run.config().sample().models();
        if (models == null) {
            sample(run, problems, run.base(run.config().sample().dtype()), 0, file, name);
            return;
        }
        if (Files.exists(file)) {
            return;
        }
        List<Path> parts = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            Path part = file.resolveSibling(file.getFileName() + ".model-" + (i + 1));
            sample(
                    run,
                    problems,
                    run.other(models.get(i), run.config().sample().dtype()),
                    i,
                    part,
                    name + " " + (i + 1) + " of " + models.size());
            parts.add(part);
        }
        AtomicFile.write(file, together(parts, run.config().sample().samples()));
        parts.forEach(SampleStage::delete);
    }

    /** @param place of the model among those that sample: its samples are counted on from those of the models before it */
    private static void sample(
            LoopRun run, List<Problem> problems, ModelChoice model, int place, Path file, String name) {
        SampleConfig config = run.config().sample();
        CotPrompts prompts = run.problems().prompts(config.fewShot(), "sample.few_shot");
        List<Request> requests = problems.stream()
                .map(problem -> new Request(prompts.of(problem), run.config().seed(), config.samples()))
                .toList();
        TextSampling sampling = new TextSampling(
                SamplerSettings.of(config.temperature(), config.topP()), config.maxNewTokens(), config.stop());
        int first = place * config.samples();
        new RequestedTexts(requests, config.limits(), sampling)
                .write(
                        file,
                        run,
                        () -> run.engine().open(model),
                        name,
                        "paths",
                        (request, sample, texts) ->
                                path(run, run.label(model), problems.get(request), first + sample, texts.get(sample)));
    }

    /** So many lines of each file in turn. */
    private static String together(List<Path> files, int lines) {
        try {
            List<List<String>> all = new ArrayList<>();
            for (Path file : files) {
                all.add(Files.readAllLines(file));
            }
            StringBuilder text = new StringBuilder();
            for (int from = 0; from < all.getFirst().size(); from += lines) {
                for (List<String> each : all) {
                    each.subList(from, from + lines)
                            .forEach(line -> text.append(line).append('\n'));
                }
            }
            return text.toString();
        } catch (IOException e) {
            throw new BadInputException(
                    "the paths of a model cannot be read", files.getFirst().toString(), "check its permissions", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    private static ReasoningPath path(LoopRun run, String model, Problem problem, int sample, Completion text) {
        String answer = run.task().finalAnswer(text.text(), problem);
        return new ReasoningPath(
                problem.id(),
                sample,
                model,
                run.config().sample().temperature(),
                run.config().seed(),
                text.text(),
                text.finish(),
                answer,
                run.task().isRight(answer, problem));
    }

    @Override
    public Map<String, Object> result(LoopRun run) {
        List<ReasoningPath> paths = JsonRows.readAll(run.folder().sampled(), RecordRows::path);
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("paths", paths.size());
        counts.put("wrong", paths.stream().filter(path -> !path.correct()).count());
        return counts;
    }
}

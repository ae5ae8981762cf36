package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What the files of new problems are made of. Questions go on after those of another run; all that follows from them is taken over
 * where it follows from the same ones.
 */
record EvolvedBasis(RunFolder folder, LoopConfig config) {
    /** A question is made from its seed and its number. */
    Basis questions() {
        Set<String> keys = texts();
        if (Files.exists(folder.foreign())) {
            keys.add("problems"); // corrections may be of others than those taken
        }
        Map<String, String> problems = RunFolder.problems(folder.problems());
        List<String> seeds = EvolveStage.seeds(folder, config);
        return Basis.ofRecords(
                keys,
                Set.of(),
                IntStream.range(0, seeds.size())
                        .mapToObj(i -> "seed " + i + " " + problems.get(seeds.get(i)))
                        .toList());
    }

    Basis answers() {
        Set<String> keys = texts();
        keys.addAll(List.of("evolve.answers", "problems"));
        return new Basis(keys, Set.of(), usable(), null);
    }

    Basis problems() {
        SortedMap<String, String> made = usable();
        made.put("answers", hash(folder.evolved().answers()));
        return new Basis(Set.of("task", "problems"), Set.of(), made, null);
    }

    /** Which questions are usable depends on all other problems too, beside {@code problems} on those that are set apart. */
    private SortedMap<String, String> usable() {
        Path choosing = folder.choosing();
        return new TreeMap<>(Map.of(
                "questions",
                hash(folder.evolved().questions()),
                "held-out problems",
                hash(folder.heldOut()),
                "problems that choose",
                Files.exists(choosing) ? hash(choosing) : "none"));
    }

    Basis paths() {
        Path problems = folder.evolved().problems();
        return after(problems, () -> SampleStage.basis(problems, config));
    }

    Basis corrections() {
        Path paths = folder.evolved().paths();
        return after(paths, () -> CorrectStage.basis(folder.evolved().problems(), paths, config));
    }

    /** What decides a text of a question or of an answer to it. */
    private Set<String> texts() {
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.addAll(List.of(
                "evolve.from", "evolve.temperature", "seed", "sample.max_new_tokens", "sample.stop", "sample.top_p"));
        keys.add(config.evolve().from().equals("openai") ? "correct.openai" : "correct.local.model");
        return keys;
    }

    private static Basis after(Path file, Supplier<Basis> basis) {
        return Files.exists(file)
                ? basis.get()
                : new Basis(Set.of(), Set.of(), Map.of(file.getFileName().toString(), hash(file)), null);
    }

    /** What isn't there yet is like no other run's. */
    private static String hash(Path file) {
        return Files.exists(file) ? RunFolder.hash(file) : "not there yet in " + file;
    }
}

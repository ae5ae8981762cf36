package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.folder.WorkShard;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GatheredRunTest {
    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void makeInputs() throws IOException {
        small = SmallRun.in(folder);
    }

    private void stage(String name, String output, Path input, WorkShard shard, String... overrides) {
        Loop.stage(name, small.to(output, overrides), input, shard, SmallRun.surroundings());
    }

    private List<Path> sampled(int count, String... overrides) {
        List<Path> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            stage("sample", "part-" + i, null, new WorkShard(i, count), overrides);
            parts.add(small.path("part-" + i));
        }
        return parts;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 7})
    void theShardsOfEveryStageJoinToTheBytesOfAnUndividedRun(int count) throws IOException {
        Loop.all(small.to("whole"), SmallRun.surroundings());
        List<Path> parts = sampled(count);
        for (int i = 0; i < count; i++) {
            stage("correct", "part-" + i, null, new WorkShard(i, count));
        }
        GatheredRun.of(small.path("joined"), parts);
        stage("filter", "joined", null, WorkShard.WHOLE);
        stage("train-arms", "joined", null, WorkShard.WHOLE);
        List<Path> copies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            copy(small.path("joined"), small.path("copy-" + i));
            stage("eval", "copy-" + i, null, new WorkShard(i, count));
            copies.add(small.path("copy-" + i));
        }
        GatheredRun.of(small.path("joined"), copies.reversed());
        Loop.Outcome outcome = Loop.all(small.to("joined"), SmallRun.surroundings());
        assertThat(outcome.summary().arms()).hasSize(3);
        assertThat(small.records("joined")).isEqualTo(small.records("whole"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @Test
    void pathsFromElsewhereAreDividedToo() {
        stage("sample", "whole", null, WorkShard.WHOLE);
        Path paths = small.path("whole/sample/paths.jsonl");
        stage("correct", "undivided", paths, WorkShard.WHOLE);
        stage("correct", "part-0", paths, new WorkShard(0, 2));
        stage("correct", "part-1", paths, new WorkShard(1, 2));
        GatheredRun.of(small.path("joined"), List.of(small.path("part-0"), small.path("part-1")));
        assertThat(small.records("joined")).isEqualTo(small.records("undivided"));
        stage("correct", "joined", paths, WorkShard.WHOLE); // done already, of the same input
    }

    @Test
    void aShardThatIsMissingDoubledOrUnfinishedIsNamedAndNothingIsWritten() throws IOException {
        List<Path> parts = sampled(3);
        assertRefused(parts.subList(0, 2), "shard 2/3 of sample/paths.jsonl is missing");
        assertRefused(
                List.of(parts.get(0), parts.get(1), parts.get(1), parts.get(2)),
                "shard 1/3 of sample/paths.jsonl is there twice",
                "part-1");
        assertRefused(List.of(parts.get(0), folder), "not a run's folder");
        Path file = parts.get(1).resolve("sample/paths.1-of-3.jsonl");
        Path unfinished = Files.move(file, file.resolveSibling(file.getFileName() + ".partial"));
        assertRefused(parts, "shard 1/3 of sample/paths.jsonl is not finished", "part-1");
        Files.move(unfinished, file);
        Files.writeString(file, Files.readString(file).lines().skip(1).reduce("", (all, line) -> all + line + "\n"));
        assertRefused(parts, "14 records of sample/paths.jsonl that are not the 15");
    }

    @ParameterizedTest
    @CsvSource({"seed=8, 2, seed was 7 and is 8", "sample.samples=2, 2, sample.samples", "seed=7, 4, beside shard 0/2"})
    void aShardOfAnotherRunIsNamedAndNothingIsWritten(String override, int count, String said) {
        List<Path> parts = sampled(2);
        stage("sample", "other", null, new WorkShard(1, count), override);
        assertRefused(List.of(parts.get(0), small.path("other")), said, "other");
    }

    private void assertRefused(List<Path> parts, String... said) {
        assertThatThrownBy(() -> GatheredRun.of(small.path("joined"), parts))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(said);
        assertThat(small.path("joined")).doesNotExist();
    }

    @Test
    void aRunThatHoldsOtherRecordsIsLeftAsItIs() throws IOException {
        List<Path> parts = sampled(2);
        stage("sample", "other", null, WorkShard.WHOLE, "seed=8");
        assertThatThrownBy(() -> GatheredRun.of(small.path("other"), parts))
                .hasMessageContaining("seed was 7 and is 8");
        stage("sample", "same", null, WorkShard.WHOLE);
        String before = Files.readString(small.path("same/sample/paths.jsonl"));
        GatheredRun.of(small.path("same"), parts);
        assertThat(small.path("same/sample/paths.jsonl")).hasContent(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 11})
    void thePartsOfAListAreTheList(int count) {
        for (int size = 0; size < 12; size++) {
            List<Integer> all = IntStream.range(0, size).boxed().toList();
            List<Integer> joined = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                joined.addAll(new WorkShard(i, count).of(all));
            }
            assertThat(joined).isEqualTo(all);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2/2", "-1/2", "1", "0/0", "a/b", "1/2/3", ""})
    void aShardThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> WorkShard.parse(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--shard");
    }
}

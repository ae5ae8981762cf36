package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.MemorySize;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryFitTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path folder;

    private final ModelConfig model = HuggingFaceConfig.read(Recorded.MODEL);

    private TrainSettings settings(String... overrides) throws IOException {
        Path file = Files.writeString(
                folder.resolve("train.yaml"),
                "model: " + Recorded.MODEL + "\ndata: rows.jsonl\noutput: out\nsteps: 1\nlora: {r: 8}\n");
        return TrainConfig.read(file, List.of(overrides)).settings();
    }

    private MemoryFit fit(long available, String... overrides) throws IOException {
        return MemoryFit.of(model, Recorded.MODEL, settings(overrides), MemoryBudget.of("cpu", available));
    }

    @Test
    void whatFitsNeedsNoChange() throws IOException {
        MemoryFit fit = fit(8 * GIB);
        assertThat(fit.fits()).isTrue();
        assertThat(fit.changes()).isEmpty();
        fit.require("here");
    }

    @Test
    void namesChangesThatHelpAndByHowMuch() throws IOException {
        MemoryFit fit = fit(GIB, "micro_batch_size=1024", "gradient_accumulation_steps=2");
        assertThat(fit.fits()).isFalse();
        MemoryFit.Change change = fit.changes().getFirst();
        assertThat(change.keys()).isEqualTo("micro_batch_size=1 gradient_accumulation_steps=2048");
        MemoryFit changed = fit(GIB, change.keys().split(" "));
        assertThat(changed.fits()).isTrue();
        assertThat(changed.neededBytes()).isEqualTo(change.neededBytes());
        assertThatThrownBy(() -> fit.require("here"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("training needs", "there are 1.00 GiB", change.keys() + " needs");
    }

    @Test
    void namesTheLargestBatchThatFits() throws IOException {
        MemoryFit fit = fit(GIB, "micro_batch_size=1024");
        List<String> batches = fit.changes().stream()
                .map(MemoryFit.Change::keys)
                .filter(keys -> keys.startsWith("micro_batch_size"))
                .toList();
        assertThat(batches).hasSize(2);
        String[] larger = batches.getLast().split(" ");
        int rows = Integer.parseInt(larger[0].substring(larger[0].indexOf('=') + 1));
        assertThat(rows).isGreaterThan(1);
        assertThat(fit(GIB, larger).fits()).isTrue();
        assertThat(fit(GIB, "micro_batch_size=" + 2 * rows).fits()).isFalse();
    }

    @Test
    void namesTheMostTokensThatFitWhereMicroBatchesGoByTokens() throws IOException {
        String[] large = {"micro_batch_tokens=1048576", "rows_per_step=2048"};
        List<String> keys = fit(GIB, large).changes().stream()
                .map(MemoryFit.Change::keys)
                .filter(key -> key.startsWith("micro_batch_tokens"))
                .toList();
        assertThat(keys).hasSize(2);
        assertThat(keys.getFirst()).isEqualTo("micro_batch_tokens=1024");
        int tokens = Integer.parseInt(keys.getLast().substring("micro_batch_tokens=".length()));
        assertThat(tokens).isGreaterThan(1024);
        assertThat(fit(GIB, keys.getLast(), large[1]).fits()).isTrue();
        assertThat(fit(GIB, "micro_batch_tokens=" + 2 * tokens, large[1]).fits())
                .isFalse();
    }

    /** The plan of a batch too large to lay out is told by smaller ones. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "all"})
    void aBatchOfEndlessRowsIsPlannedToo(String recompute) throws IOException {
        String kind = "recompute=" + recompute;
        long whole = MemoryPlan.of(
                        model, Recorded.MODEL, settings(kind, "micro_batch_size=512"), MemoryBudget.of("cpu"))
                .bytes()
                .activations();
        long told = MemoryPlan.of(
                        model, Recorded.MODEL, settings(kind, "micro_batch_size=2048000"), MemoryBudget.of("cpu"))
                .bytes()
                .activations();
        assertThat((double) told).isCloseTo(4000.0 * whole, within(0.05 * told));
    }

    @ParameterizedTest
    @CsvSource({"24GB, 25769803776", "1.5 GiB, 1610612736", "512mb, 536870912", "1000, 1000", "80g, 85899345920"})
    void readsAmountsAsPeopleWriteThem(String text, long bytes) {
        assertThat(MemorySize.parse(text, "--memory")).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "-1GB", "GB", "0", "12 parsecs"})
    void refusesWhatIsNoAmount(String text) {
        assertThatThrownBy(() -> MemorySize.parse(text, "--memory")).isInstanceOf(BadInputException.class);
    }

    @Test
    void knowsThisMachinesMemory() {
        assertThat(MemorySize.ofThisMachine()).isGreaterThan(64L << 20);
    }
}

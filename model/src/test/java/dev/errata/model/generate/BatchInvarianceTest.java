package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sequence has the same tokens and the same log-probabilities, to the bit, alone and beside any others. */
class BatchInvarianceTest {
    private static final SamplerSettings WARM = new SamplerSettings(0.9, 0, 0.95, 0, 1, 1.1, 3);
    private static final int TOKENS = 10;

    /** What one sequence was given: its tokens and the log-probability of each. */
    private record Written(List<ScoredToken> tokens) {}

    private static List<Written> write(Backend backend, RecordedModel model, List<int[]> prompts, int promptTokens) {
        try (Decoder decoder = model.load(backend)) {
            // The first never ends early, the others after 1 to 7 tokens.
            List<GenerationRequest> requests = new ArrayList<>();
            for (int row = 0; row < prompts.size(); row++) {
                int end = row == 0 ? TOKENS : 1 + row % 7;
                requests.add(new GenerationRequest(prompts.get(row), WARM, end, StopConditions.NONE, 42)
                        .withLogProbabilities(new LogProbabilities(true, false, 2)));
            }
            EngineLimits limits = new EngineLimits(prompts.size(), CacheBudget.AS_NEEDED, promptTokens);
            return Writing.all(decoder, limits, requests).stream()
                    .map(Generated::scores)
                    .map(Written::new)
                    .toList();
        }
    }

    /** The first is always the same, the others have other lengths. */
    private static List<int[]> prompts(int count) {
        List<int[]> prompts = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            int[] ids = new int[row == 0 ? 37 : 1 + Philox.below(3, row, 0, 70)];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = Philox.below(4, row, i, 320);
            }
            prompts.add(ids);
        }
        return prompts;
    }

    @ParameterizedTest
    @CsvSource({
        "cpu, 1, llama3-gqa-tied",
        "cpu, 2, llama3-gqa-tied",
        "reference, 1, llama3-gqa-tied",
        "cpu, 2, llama2-mha",
        "sim, 1, llama3-gqa-tied"
    })
    void aSequenceIsTheSameAloneInThreeAndInMany(String device, int threads, String name) {
        RecordedModel model = RecordedModel.committed(name);
        try (Backend backend = Backends.choose(device, threads);
                Backend one = Backends.choose(device, 1)) {
            Written alone = write(one, model, prompts(1), 2048).getFirst();
            assertThat(alone.tokens()).hasSize(TOKENS);
            boolean slow = device.equals("sim");
            for (int count : slow ? new int[] {5} : new int[] {1, 3, 40}) {
                assertThat(write(backend, model, prompts(count), 2048).getFirst())
                        .as("%d sequences", count)
                        .isEqualTo(alone);
            }
            // Prompts that are read a few tokens at a time, the first in many parts, and cut anywhere.
            for (int chunk : slow ? new int[] {5} : new int[] {1, 5, 36}) {
                assertThat(write(backend, model, prompts(3), chunk).getFirst())
                        .as("%d tokens of prompts at a time", chunk)
                        .isEqualTo(alone);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"cpu, 2", "reference, 1"})
    void everySequenceOfABatchIsWhatItIsAlone(String device, int threads) {
        RecordedModel model = RecordedModel.committed("llama3-gqa-tied");
        try (Backend backend = Backends.choose(device, threads)) {
            List<int[]> prompts = prompts(9);
            List<Written> together = write(backend, model, prompts, 64);
            for (int row = 1; row < prompts.size(); row++) {
                Written alone =
                        write(backend, model, List.of(prompts.get(row)), 2048).getFirst();
                int count = together.get(row).tokens().size();
                assertThat(together.get(row).tokens())
                        .isNotEmpty()
                        .isEqualTo(alone.tokens().subList(0, count));
            }
        }
    }
}

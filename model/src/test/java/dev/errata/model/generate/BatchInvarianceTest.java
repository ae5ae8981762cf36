package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sequence has the same tokens and the same log-probabilities, to the bit, alone and beside any others. */
class BatchInvarianceTest {
    private static final SamplerSettings WARM = new SamplerSettings(0.9, 0, 0.95, 0, 1, 1.1, 3);
    private static final int TOKENS = 10;

    /** What one sequence was given: its tokens and the log-probability of each. */
    private record Written(List<Integer> ids, List<Double> logProbabilities) {}

    /** Keeps the logits from which each slot's tokens are chosen. */
    private static final class Watched implements ForwardingBackend {
        private final Backend inner;
        private final List<Written> slots = new ArrayList<>();

        Watched(Backend inner) {
            this.inner = inner;
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            inner.run(op);
            if (op instanceof Op.SampleTokens sample) {
                int rows = sample.logits().rows();
                int vocabulary = sample.logits().columns();
                float[] logits = new float[rows * vocabulary];
                int[] slot = new int[rows];
                int[] ids = new int[rows];
                inner.download(sample.logits(), MemorySegment.ofArray(logits));
                inner.download(sample.slots(), MemorySegment.ofArray(slot));
                inner.download(sample.out(), MemorySegment.ofArray(ids));
                for (int row = 0; row < rows; row++) {
                    while (slots.size() <= slot[row]) {
                        slots.add(new Written(new ArrayList<>(), new ArrayList<>()));
                    }
                    Written written = slots.get(slot[row]);
                    written.ids().add(ids[row]);
                    written.logProbabilities().add(logProbability(logits, row * vocabulary, vocabulary, ids[row]));
                }
            }
        }

        private static double logProbability(float[] logits, int from, int count, int id) {
            double sum = 0;
            for (int i = from; i < from + count; i++) {
                sum += StrictMath.exp(logits[i]);
            }
            return logits[from + id] - StrictMath.log(sum);
        }

        @Override
        public void close() {}
    }

    private static List<Written> write(
            Backend backend, RecordedModel model, List<PromptTokens> prompts, int prefillTokens) {
        Watched watched = new Watched(backend);
        try (Decoder decoder = model.load(watched)) {
            GenerationSettings settings = new GenerationSettings(TOKENS, WARM, List.of(), Set.of(), 42);
            // The first never ends early, the others after 1 to 7 tokens.
            List<Generator.StopRule> rules = new ArrayList<>();
            for (int row = 0; row < prompts.size(); row++) {
                int end = row == 0 ? TOKENS : 1 + row % 7;
                rules.add((ids, count) -> count == end);
            }
            new Generator(decoder, prefillTokens).generate(prompts, settings, rules);
        }
        return watched.slots;
    }

    /** The first is always the same, the others have other lengths. */
    private static List<PromptTokens> prompts(int count) {
        List<PromptTokens> prompts = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            int[] ids = new int[row == 0 ? 37 : 1 + Philox.below(3, row, 0, 70)];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = Philox.below(4, row, i, 320);
            }
            prompts.add(new PromptTokens(ids, row));
        }
        return prompts;
    }

    @ParameterizedTest
    @CsvSource({
        "cpu, 1, llama3-gqa-tied",
        "cpu, 2, llama3-gqa-tied",
        "reference, 1, llama3-gqa-tied",
        "cpu, 2, llama2-mha"
    })
    void aSequenceIsTheSameAloneInThreeAndInForty(String device, int threads, String name) {
        RecordedModel model = RecordedModel.committed(name);
        try (Backend backend = Backends.choose(device, threads);
                Backend one = Backends.choose(device, 1)) {
            Written alone = write(one, model, prompts(1), 2048).getFirst();
            assertThat(alone.ids()).hasSize(TOKENS);
            for (int count : new int[] {1, 3, 40}) {
                assertThat(write(backend, model, prompts(count), 2048).getFirst())
                        .as("%d sequences", count)
                        .isEqualTo(alone);
            }
            // Prompts that are read a few tokens at a time, the first in many parts, and cut anywhere.
            for (int chunk : new int[] {1, 5, 36}) {
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
            List<PromptTokens> prompts = prompts(9);
            List<Written> together = write(backend, model, prompts, 64);
            for (int row = 1; row < prompts.size(); row++) {
                Written alone =
                        write(backend, model, List.of(prompts.get(row)), 2048).getFirst();
                int count = together.get(row).ids().size();
                assertThat(together.get(row).ids())
                        .isNotEmpty()
                        .isEqualTo(alone.ids().subList(0, count));
                assertThat(together.get(row).logProbabilities())
                        .isEqualTo(alone.logProbabilities().subList(0, count));
            }
        }
    }
}

package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts that begin alike are read once as far as they do, and their texts are what each would get alone. */
class SharedPromptsTest {
    private static final int NEW_TOKENS = 40;
    private static final SamplerSettings WARM = SamplerSettings.of(0.9, 0.95);

    /** Counts tokens that go through the model. */
    private static final class Counting implements ForwardingBackend {
        private final Backend inner;
        private final List<Integer> tokens = new ArrayList<>();

        Counting(Backend inner) {
            this.inner = inner;
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            if (op instanceof Op.Embedding embedding) {
                tokens.add((int) embedding.ids().elements());
            }
            inner.run(op);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void whatPromptsHaveInCommonIsReadOnce(String device) {
        try (Backend backend = Backends.choose(device, 2)) {
            Counting counting = new Counting(backend);
            RecordedModel model = RecordedModel.committed("llama3-gqa-tied");
            try (Decoder decoder = model.load(counting)) {
                int[] ids = repeated(model.prompts().getFirst(), 75);
                int[] other = ids.clone();
                other[70] = (other[70] + 1) % 50;
                List<int[]> prompts = List.of(ids, Arrays.copyOf(ids, 20), ids, other, ids, Arrays.copyOf(ids, 64));
                List<Generated> together = Writing.each(decoder, prompts, WARM, NEW_TOKENS, Set.of());
                // 75 and 20 whole; of the others what is behind 64, 64, 64 and 32 shared tokens.
                assertThat(counting.tokens.getFirst()).isEqualTo(75 + 20 + 11 + 11 + 11 + 32);
                for (int i = 0; i < prompts.size(); i++) {
                    Generated alone = Writing.each(decoder, List.of(prompts.get(i)), WARM, NEW_TOKENS, Set.of())
                            .getFirst();
                    assertThat(together.get(i).ids()).as("prompt %d", i).isEqualTo(alone.ids());
                }
            }
            assertThat(backend.liveBytes()).isZero();
        }
    }

    private static int[] repeated(int[] ids, int length) {
        int[] all = new int[length];
        Arrays.setAll(all, i -> ids[i % ids.length]);
        return all;
    }

    /** Samples that get a slot together begin with one reading; one that gets it later reads the prompt's last two tokens. */
    @Test
    void samplesReadTheirPromptOnce() {
        try (Backend backend = Backends.choose("cpu", 1)) {
            Counting counting = new Counting(backend);
            try (Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(counting);
                    GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(3))) {
                int[] ids = repeated(new int[] {5, 6, 7}, 75);
                GenerationRequest request = new GenerationRequest(ids, WARM, 3, StopConditions.NONE, 1);
                engine.generate(List.of(request.withSamples(4)));
                assertThat(counting.tokens).containsExactly(75, 3, 3, 2, 1, 1);
                assertThat(engine.status().promptTokens()).isEqualTo(77);
                assertThat(engine.status().sharedTokens()).isEqualTo(75 + 75 + 73);
            }
        }
    }

    /** As in a conversation: what was read and what was written is found again by whoever goes on from it. */
    @Test
    void theNextTurnReadsOnlyWhatIsNew() {
        try (Backend backend = Backends.choose("cpu", 1)) {
            Counting counting = new Counting(backend);
            try (Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(counting);
                    GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
                int[] first = repeated(new int[] {5, 6, 7}, 40);
                int[] written = engine.generate(List.of(new GenerationRequest(first, WARM, 30, StopConditions.NONE, 1)))
                        .getFirst()
                        .samples()
                        .getFirst()
                        .ids();
                int[] second = Arrays.copyOf(first, 80);
                System.arraycopy(written, 0, second, 40, 30);
                counting.tokens.clear();
                int[] after = engine.generate(List.of(new GenerationRequest(second, WARM, 5, StopConditions.NONE, 1)))
                        .getFirst()
                        .samples()
                        .getFirst()
                        .ids();
                assertThat(counting.tokens.getFirst()).isEqualTo(80 - 64);
                assertThat(after)
                        .isEqualTo(Writing.all(
                                        decoder,
                                        EngineLimits.of(1),
                                        List.of(new GenerationRequest(second, WARM, 5, StopConditions.NONE, 1)))
                                .getFirst()
                                .ids());
            }
        }
    }
}

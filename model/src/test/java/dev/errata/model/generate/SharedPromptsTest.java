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
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts of a batch that begin alike are read once as far as they do, and their texts are what each would get alone. */
class SharedPromptsTest {
    private static final int NEW_TOKENS = 40;

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
                int[] ids = repeated(model.prompts().getFirst().ids(), 75);
                int[] other = ids.clone();
                other[70] = (other[70] + 1) % 50;
                List<PromptTokens> prompts = List.of(
                        new PromptTokens(ids, 1),
                        new PromptTokens(Arrays.copyOf(ids, 20), 2),
                        new PromptTokens(ids, 3),
                        new PromptTokens(other, 4),
                        new PromptTokens(ids, 5),
                        new PromptTokens(Arrays.copyOf(ids, 64), 6));
                List<Generated> together = generate(decoder, prompts);
                // 75 and 20 whole; of the others what is behind 64 and 32 shared tokens.
                assertThat(counting.tokens.getFirst()).isEqualTo(75 + 20 + 11 + 32);
                for (int i = 0; i < prompts.size(); i++) {
                    Generated alone = generate(decoder, List.of(prompts.get(i))).getFirst();
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

    private static List<Generated> generate(Decoder decoder, List<PromptTokens> prompts) {
        SamplerSettings sampler = SamplerSettings.of(0.9, 0.95);
        GenerationSettings settings = new GenerationSettings(NEW_TOKENS, sampler, List.of(), Set.of(), 42);
        Generator.StopRule never = (newIds, count) -> false;
        return new Generator(decoder).generate(prompts, settings, Collections.nCopies(prompts.size(), never));
    }
}

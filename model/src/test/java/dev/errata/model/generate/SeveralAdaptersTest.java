package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.sampling.SamplerSettings;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests for several adapters, and for the model without any, go through one step and have the bits that each has alone. */
class SeveralAdaptersTest {
    private static final RecordedModel MODEL = RecordedModel.committed("llama2-mha");
    private static final List<String> NAMES = Arrays.asList(null, "plain", "dora", "ends");

    /** Its matrices are random, B too. */
    private static LoraAdapter adapter(String name, Decoder decoder, Scope scope) {
        List<String> targets = name.equals("ends")
                ? List.of("embed_tokens", "lm_head", "q_proj")
                : List.of("q_proj", "v_proj", "down_proj");
        LoraSpec spec = LoraSpec.plain("base", name.equals("plain") ? 4 : 8, 16, 0, targets, "here")
                .withDora(name.equals("dora"));
        LoraAdapter adapter = LoraAdapter.create(decoder, spec, 1, scope);
        adapter.tensors().forEach((tensor, values) -> {
            if (!tensor.contains("magnitude")) {
                float[] random = new float[(int) values.elements()];
                for (int i = 0; i < random.length; i++) {
                    random[i] = 0.1f * (float) Philox.normal(3, Philox.stream(name, tensor), i);
                }
                decoder.backend().upload(MemorySegment.ofArray(random), values);
            }
        });
        return adapter;
    }

    private static Decoder load(Backend backend, boolean bf16) {
        ModelSource source = ModelSource.open(MODEL.folder());
        return Decoder.load(source.config(), source.weights(), backend, null, bf16 ? Precision.BF16 : Precision.F32);
    }

    private static GenerationRequest request(int number) {
        int[] prompt = new int[1 + Philox.below(5, 1, number, 60)];
        Arrays.setAll(prompt, i -> i < 33 ? 7 + i % 5 : Philox.below(5, number, i, 300));
        return new GenerationRequest(
                        prompt, SamplerSettings.of(0.9, 0.95), 3 + number % 9, StopConditions.NONE, number % 2)
                .withSamples(1 + number % 3)
                .withAdapter(NAMES.get(number % NAMES.size()))
                .withLogProbabilities(new LogProbabilities(true, number % 5 == 0, 2));
    }

    @ParameterizedTest
    @CsvSource({"cpu, false", "cpu, true", "reference, false", "sim, true"})
    void eachIsAnsweredAsByItsAdapterAlone(String device, boolean bf16) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int number = 0; number < (device.equals("sim") ? 5 : 16); number++) {
            requests.add(request(number));
        }
        List<GenerationResult> together;
        try (Backend backend = Backends.choose(device, 2);
                Decoder decoder = load(backend, bf16);
                Scope scope = new Scope("adapters", backend)) {
            for (String name : NAMES.subList(1, NAMES.size())) {
                adapter(name, decoder, scope).attach(decoder, name, "here");
            }
            try (GenerationEngine engine =
                    new GenerationEngine(decoder, new EngineLimits(6, CacheBudget.of(1 << 20), 64))) {
                together = engine.generate(requests);
                assertThatThrownBy(() ->
                                engine.generate(List.of(requests.getFirst().withAdapter("other"))))
                        .isInstanceOf(BadInputException.class)
                        .hasMessageContaining("adapter other is not there");
            }
        }
        for (String name : NAMES) {
            try (Backend backend = Backends.choose(device, 1);
                    Decoder decoder = load(backend, bf16);
                    Scope scope = new Scope("adapters", backend)) {
                if (name != null) {
                    adapter(name, decoder, scope).attach(decoder);
                }
                for (int number = NAMES.indexOf(name); number < requests.size(); number += NAMES.size()) {
                    compare(decoder, requests.get(number).withAdapter(null), together.get(number));
                }
            }
        }
    }

    private static void compare(Decoder decoder, GenerationRequest request, GenerationResult expected) {
        try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
            GenerationResult alone = engine.generate(List.of(request)).getFirst();
            assertThat(expected.prompt()).isEqualTo(alone.prompt());
            for (int sample = 0; sample < request.samples(); sample++) {
                assertThat(expected.samples().get(sample).scores())
                        .isNotEmpty()
                        .isEqualTo(alone.samples().get(sample).scores());
            }
        }
    }
}

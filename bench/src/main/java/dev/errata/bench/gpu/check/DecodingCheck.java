package dev.errata.bench.gpu.check;

import dev.errata.bench.gpu.LlamaSize;
import dev.errata.bench.gpu.SyntheticWeights;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.LogProbabilities;
import dev.errata.model.generate.ScoredToken;
import dev.errata.model.generate.StopConditions;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Greedy tokens after a prompt. In f32 all have to be the CPU's. In bf16 two tokens that are nearly as likely may change
 * places; what is written after that is another text and isn't compared.
 */
record DecodingCheck(LlamaSize size, boolean bf16) implements ModelCheck {
    private static final int TOKENS = 32;
    private static final int PROMPT = 9;
    private static final int SEED = 61;
    /** Between the log-probabilities of two tokens: some roundings of logits. */
    private static final double NEARLY = 0.02;

    @Override
    public String what() {
        return TOKENS + " greedy tokens, " + (bf16 ? "bf16" : "f32");
    }

    @Override
    public CheckedModel run(Backend device, Backend cpu) {
        Generated right = written(cpu);
        int[] ours = written(device).ids();
        int same = 0;
        while (same < TOKENS && ours[same] == right.ids()[same]) {
            same++;
        }
        boolean passed = same == TOKENS || (bf16 && isTie(right.scores().get(same), ours[same]));
        return new CheckedModel(
                what(),
                same + " as on the CPU" + (same < TOKENS ? ", then " + ours[same] : ""),
                same < TOKENS ? "then " + right.ids()[same] : TOKENS + " tokens",
                bf16 ? "another token within " + NEARLY + " of the likeliest's log-probability" : "none other",
                passed);
    }

    private static boolean isTie(ScoredToken likeliest, int other) {
        return likeliest.rivals().stream()
                .anyMatch(
                        rival -> rival.id() == other && likeliest.logProbability() - rival.logProbability() <= NEARLY);
    }

    private Generated written(Backend backend) {
        int[] prompt = IntStream.range(0, PROMPT)
                .map(i -> Philox.below(SEED, 0, i, size.vocabulary()))
                .toArray();
        GenerationRequest request = new GenerationRequest(
                        prompt, SamplerSettings.GREEDY, TOKENS, StopConditions.NONE, SEED)
                .withLogProbabilities(new LogProbabilities(true, false, 5));
        try (Decoder decoder = Decoder.load(
                        size.config(),
                        new SyntheticWeights(backend),
                        backend,
                        null,
                        bf16 ? Precision.BF16 : Precision.F32);
                GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
            return engine.generate(List.of(request)).getFirst().samples().getFirst();
        }
    }
}

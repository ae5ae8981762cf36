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
import dev.errata.model.weights.FourBitSpec;
import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Greedy tokens after prompts. In f32 all have to be the CPU's. In bf16 two tokens that are nearly as likely may change
 * places; what is written after that is another text and isn't compared.
 *
 * @param weights of the linear layers
 * @param together sequences that are written side by side
 */
record DecodingCheck(LlamaSize size, Weights weights, int together) implements ModelCheck {
    private static final int TOKENS = 32;
    private static final int PROMPT = 9;
    private static final int SEED = 61;
    /** Between the log-probabilities of two tokens: two roundings of logits of 4 to 8. */
    private static final double NEARLY = 0.0625;

    /** What linear layers are in, and with it what is computed in. */
    enum Weights {
        F32,
        BF16,
        NF4;

        private FourBitSpec fourBit() {
            return this == NF4 ? new FourBitSpec(FourBitFormat.NF4, 64, true) : null;
        }

        private Precision precision() {
            return this == F32 ? Precision.F32 : Precision.BF16;
        }

        private String shown() {
            return this == NF4 ? "nf4 in bf16" : name().toLowerCase(Locale.ROOT);
        }
    }

    /** How far a sequence is the CPU's. */
    private record Compared(int same, boolean passed) {}

    @Override
    public String what() {
        return TOKENS + " greedy tokens" + (together > 1 ? " of " + together + " together" : "") + ", "
                + weights.shown();
    }

    @Override
    public CheckedModel run(Backend device, Backend cpu) {
        List<Generated> right = written(cpu);
        List<Generated> ours = written(device);
        List<Compared> compared = IntStream.range(0, together)
                .mapToObj(i -> compare(right.get(i), ours.get(i).ids()))
                .toList();
        int same = compared.stream().mapToInt(Compared::same).sum();
        int all = TOKENS * together;
        return new CheckedModel(
                what(),
                same + " as on the CPU" + (same < all ? ", then others" : ""),
                all + " tokens",
                weights == Weights.F32
                        ? "none other"
                        : "another token within " + NEARLY + " of the likeliest's log-probability",
                compared.stream().allMatch(Compared::passed));
    }

    private Compared compare(Generated right, int[] ours) {
        int same = 0;
        while (same < TOKENS && ours[same] == right.ids()[same]) {
            same++;
        }
        boolean passed = same == TOKENS
                || (weights != Weights.F32 && isTie(right.scores().get(same), ours[same]));
        return new Compared(same, passed);
    }

    private static boolean isTie(ScoredToken likeliest, int other) {
        return likeliest.rivals().stream()
                .anyMatch(
                        rival -> rival.id() == other && likeliest.logProbability() - rival.logProbability() <= NEARLY);
    }

    private List<Generated> written(Backend backend) {
        List<GenerationRequest> requests =
                IntStream.range(0, together).mapToObj(this::request).toList();
        try (Decoder decoder = Decoder.load(
                        size.config(), new SyntheticWeights(backend), backend, weights.fourBit(), weights.precision());
                GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(together))) {
            return engine.generate(requests).stream()
                    .map(result -> result.samples().getFirst())
                    .toList();
        }
    }

    private GenerationRequest request(int number) {
        int[] prompt = IntStream.range(0, PROMPT)
                .map(i -> Philox.below(SEED, number, i, size.vocabulary()))
                .toArray();
        return new GenerationRequest(prompt, SamplerSettings.GREEDY, TOKENS, StopConditions.NONE, SEED)
                .withLogProbabilities(new LogProbabilities(true, false, 5));
    }
}

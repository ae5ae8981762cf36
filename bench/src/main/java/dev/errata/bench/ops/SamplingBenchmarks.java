package dev.errata.bench.ops;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The choice of the next token. */
final class SamplingBenchmarks {
    /** Tokens that all histories together have room for; a full one would end the work. */
    private static final int ROOM = 1 << 16;

    private SamplingBenchmarks() {}

    /**
     * @param rows sequences together; those above 32 are left out
     */
    static List<OperatorBenchmark> of(ModelShape shape, List<Integer> rows) {
        Map<String, SamplerSettings> settings = new LinkedHashMap<>();
        settings.put("greedy", SamplerSettings.GREEDY);
        settings.put("temperature 0.7", SamplerSettings.of(0.7, 1));
        settings.put("temperature 0.7, top-p 0.95", SamplerSettings.of(0.7, 0.95));
        List<OperatorBenchmark> benchmarks = new ArrayList<>();
        for (int n : rows.stream().filter(n -> n <= 32).toList()) {
            settings.forEach((name, each) -> benchmarks.add(new OperatorBenchmark(
                    "SampleTokens",
                    shape.name() + " " + n + "x" + shape.vocabulary() + " " + name,
                    Work.ofBytes(4.0 * n * shape.vocabulary()),
                    OperatorBenchmark.EXACT,
                    true,
                    in -> sample(in, n, shape.vocabulary(), each))));
        }
        return benchmarks;
    }

    private static Op sample(Operands in, int n, int vocabulary, SamplerSettings settings) {
        List<SampleRequest> requests = new ArrayList<>();
        int[] slots = in.present(n);
        for (int i = 0; i < slots.length; i++) {
            requests.add(new SampleRequest(settings, new int[] {1}, 3, slots[i], 0));
            slots[i] = i;
        }
        Tensor logits = in.rows(DType.F32, n, vocabulary);
        in.run(new Op.Scale(logits, 3));
        SamplingState state = in.sampling(requests, Math.max(1, ROOM / n));
        Tensor out = in.chosen(n);
        return new Op.SampleTokens(logits, in.ids(slots), state.history(), state.rules(), out);
    }
}

package dev.errata.model.decoder;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Logits and hidden states of some sequences, packed one after another.
 *
 * @param logits [N, V]
 * @param hidden layers + 1 of [N, C]
 */
public record Scoring(float[] logits, List<float[]> hidden) {
    public static Scoring of(Decoder decoder, int[]... sequences) {
        int[] ids = Arrays.stream(sequences).flatMapToInt(Arrays::stream).toArray();
        int[] lengths = Arrays.stream(sequences).mapToInt(s -> s.length).toArray();
        int[] positions = Arrays.stream(lengths)
                .flatMap(length -> IntStream.range(0, length))
                .toArray();
        Backend backend = decoder.backend();
        try (Scope scope = new Scope("scoring", backend)) {
            TokenBatch batch = TokenBatch.packed(
                    scope.ids("ids", ids),
                    decoder.angles(scope, positions, lengths, lengths),
                    Segments.packed(scope, lengths));
            List<float[]> seen = new ArrayList<>();
            Tensor hidden = decoder.forward(
                    new Ops(scope, null), batch, (layer, states) -> seen.add(download(backend, states)));
            return new Scoring(download(backend, decoder.logits(scope, hidden)), seen);
        }
    }

    private static float[] download(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        try (Scope scope = new Scope("to the host", backend)) {
            backend.download(new Ops(scope, null).cast(tensor, DType.F32), MemorySegment.ofArray(values));
        }
        return values;
    }
}

package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.config.RopeConfig;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Cosines and sines by position, [positions, D/2] each; grows to the largest position that was asked for. Where the
 * frequencies hang on a sequence's length, batches with a long one have a table of their own, a row for each token.
 */
final class RopeTable {
    /** The table does not grow beyond; tokens farther on get rows of their own. */
    private static final int MOST_POSITIONS = 1 << 18;

    private final Scope scope;
    private final RopeConfig config;
    private final int headDim;
    private final float[] frequencies;
    private final DType dtype;
    private Tensor cos;
    private Tensor sin;
    private int positions;

    /**
     * @param dtype of cosines and sines, F32 or BF16
     */
    RopeTable(Scope scope, ModelConfig config, DType dtype) {
        this.scope = scope;
        this.dtype = dtype;
        this.config = config.rope();
        this.headDim = config.headDim();
        this.frequencies = this.config.inverseFrequencies(headDim);
        require(64);
    }

    /** Makes the table hold positions 0 to {@code count} − 1 at least. */
    void require(int count) {
        if (count <= positions) {
            return;
        }
        positions = Math.max(count, 2 * positions);
        float[] angles = new float[Math.multiplyExact(positions, frequencies.length)];
        for (int position = 0; position < positions; position++) {
            turn(position, frequencies, angles, position);
        }
        cos = table(scope, "rope cosines", angles, StrictMath::cos);
        sin = table(scope, "rope sines", angles, StrictMath::sin);
    }

    /** Positions that the table holds. */
    int positions() {
        return positions;
    }

    /**
     * The angles of packed tokens.
     *
     * @param at their positions
     * @param lengths how many of the tokens each sequence has
     * @param spans how many positions each sequence has, those of tokens before and of padding too
     */
    RopeAngles angles(Scope batch, int[] at, int[] lengths, int[] spans) {
        int farthest = Arrays.stream(at).max().orElse(0);
        if (areCommon(farthest, spans)) {
            require(farthest + 1);
            return new RopeAngles(cos, sin, batch.ids("positions", at));
        }
        return ownAngles(batch, at, lengths, spans);
    }

    /**
     * The angles of the last token of each sequence.
     *
     * @param positions I32 [sequences], one less than the spans; on the backend already
     * @param spans how many positions each sequence has
     */
    RopeAngles angles(Scope batch, Tensor positions, int[] spans) {
        if (areCommon(spans)) {
            require(Arrays.stream(spans).max().orElse(1));
            return new RopeAngles(cos, sin, positions);
        }
        int[] at = Arrays.stream(spans).map(span -> span - 1).toArray();
        int[] one = new int[spans.length];
        Arrays.fill(one, 1);
        return ownAngles(batch, at, one, spans);
    }

    /** Whether the last tokens of sequences that span so many positions have the angles that any sequence has there. */
    boolean areCommon(int[] spans) {
        return areCommon(Arrays.stream(spans).max().orElse(1) - 1, spans);
    }

    private boolean areCommon(int farthest, int[] spans) {
        return farthest < MOST_POSITIONS && Arrays.stream(spans).allMatch(span -> span <= config.commonLength());
    }

    private RopeAngles ownAngles(Scope batch, int[] at, int[] lengths, int[] spans) {
        float[] angles = new float[Math.multiplyExact(at.length, frequencies.length)];
        int row = 0;
        for (int sequence = 0; sequence < lengths.length; sequence++) {
            float[] own = config.inverseFrequencies(headDim, spans[sequence]);
            for (int end = row + lengths[sequence]; row < end; row++) {
                turn(at[row], own, angles, row);
            }
        }
        int[] rows = IntStream.range(0, at.length).toArray();
        return new RopeAngles(
                table(batch, "cosines", angles, StrictMath::cos),
                table(batch, "sines", angles, StrictMath::sin),
                batch.ids("rows of angles", rows));
    }

    private static void turn(int position, float[] frequencies, float[] angles, int row) {
        for (int i = 0; i < frequencies.length; i++) {
            angles[row * frequencies.length + i] = position * frequencies[i];
        }
    }

    private Tensor table(Scope target, String name, float[] angles, DoubleUnaryOperator function) {
        float[] values = new float[angles.length];
        float factor = config.attentionFactor();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) function.applyAsDouble(angles[i]) * factor;
        }
        long rows = values.length / frequencies.length;
        if (dtype == DType.F32) {
            return target.floats(name, values, rows, frequencies.length);
        }
        Tensor table = target.allocate(name, dtype, rows, frequencies.length);
        try (Scope loading = new Scope("loading", target.backend())) {
            Tensor exact = loading.floats(name, values, rows, frequencies.length);
            target.backend().run(new Op.Copy(exact, table));
        }
        return table;
    }
}

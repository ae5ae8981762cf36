package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;

/** Cosines and sines by position, [positions, D/2] each; grows to the largest position that was asked for. */
final class RopeTable {
    private final Scope scope;
    private final float[] frequencies;
    private final boolean bf16;
    private Tensor cos;
    private Tensor sin;
    private int positions;

    /**
     * @param bf16 whether cosines and sines are rounded to bf16
     */
    RopeTable(Scope scope, ModelConfig config, boolean bf16) {
        this.scope = scope;
        this.bf16 = bf16;
        this.frequencies = config.rope().inverseFrequencies(config.headDim());
        require(64);
    }

    /** Makes the table hold positions 0 to {@code count} − 1 at least. */
    void require(int count) {
        if (count <= positions) {
            return;
        }
        positions = Math.max(count, 2 * positions);
        float[] cosines = new float[Math.multiplyExact(positions, frequencies.length)];
        float[] sines = new float[cosines.length];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < frequencies.length; i++) {
                float angle = position * frequencies[i];
                cosines[position * frequencies.length + i] = (float) StrictMath.cos(angle);
                sines[position * frequencies.length + i] = (float) StrictMath.sin(angle);
            }
        }
        cos = scope.floats("rope cosines", cosines, positions, frequencies.length);
        sin = scope.floats("rope sines", sines, positions, frequencies.length);
        if (bf16) {
            scope.backend().run(new Op.Round(cos, cos));
            scope.backend().run(new Op.Round(sin, sin));
        }
    }

    Tensor cos() {
        return cos;
    }

    Tensor sin() {
        return sin;
    }
}

package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;

/** Rotary position embedding (Su et al. 2021) in the half-split layout of Hugging Face checkpoints. */
final class Rotary {
    private Rotary() {}

    static void rotate(Op.Rope op) {
        Floats x = new Floats(op.x());
        Floats cosines = new Floats(op.cos());
        Floats sines = new Floats(op.sin());
        int columns = op.x().columns();
        int half = op.cos().columns();
        DType within = op.x().dtype();
        for (long n = 0; n < op.x().rows(); n++) {
            long angle = (long) Floats.id(op.positions(), n) * half;
            for (int head = 0; head < columns; head += op.headDim()) {
                for (int d = 0; d < half; d++) {
                    long first = n * columns + head + d;
                    float cos = cosines.get(angle + d);
                    float sin = op.inverse() ? -sines.get(angle + d) : sines.get(angle + d);
                    float x1 = x.get(first);
                    float x2 = x.get(first + half);
                    float lower = Rounding.to(within, x1 * cos) - Rounding.to(within, x2 * sin);
                    float upper = Rounding.to(within, x2 * cos) + Rounding.to(within, x1 * sin);
                    x.set(first, Rounding.to(within, lower));
                    x.set(first + half, Rounding.to(within, upper));
                }
            }
        }
    }
}

package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Cosines and sines of positions on the device.
 *
 * @param cos [positions, half], as is sin
 * @param dtype F32, or BF16 for BF16 rows
 * @param half pairs of a head that are turned, half a head's dimension or fewer
 */
public record RotaryTables(long cos, long sin, DType dtype, int half) {
    public static RotaryTables f32(long cos, long sin, int half) {
        return new RotaryTables(cos, sin, DType.F32, half);
    }
}

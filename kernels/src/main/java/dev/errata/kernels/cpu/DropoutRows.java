package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.MaskedRows;
import dev.errata.kernels.machine.PhiloxBits;
import dev.errata.kernels.machine.Routine;
import dev.errata.tensor.DType;
import java.util.List;
import java.util.function.Supplier;

/**
 * The masks of dropout and rows that are dropped by them, by machine code where there is some, or else by {@link DropoutMath}, to the same
 * bits but for NaN's. One for each worker.
 */
final class DropoutRows {
    private static final int RUN = MaskedRows.RUN;

    private final Supplier<Functions> machineCode;
    private boolean asked;
    private Functions functions;

    /** Bit i of the 64-bit words at an address, lowest first: whether element i is kept. */
    record Functions(Routine bits, Routine f32, Routine f32Added, Routine bf16, Routine bf16Added) {
        static List<MachineCode> codes() {
            return List.of(
                    PhiloxBits.code(),
                    new MaskedRows(MaskedRows.From.F32, false).code(),
                    new MaskedRows(MaskedRows.From.F32, true).code(),
                    new MaskedRows(MaskedRows.From.BF16, false).code(),
                    new MaskedRows(MaskedRows.From.BF16, true).code());
        }

        /**
         * @param routines of {@link #codes}
         */
        static Functions of(List<Routine> routines) {
            return new Functions(routines.get(0), routines.get(1), routines.get(2), routines.get(3), routines.get(4));
        }

        private Routine of(DType type, boolean adds) {
            return switch (type) {
                case F32 -> adds ? f32Added : f32;
                case BF16 -> adds ? bf16Added : bf16;
                default -> null;
            };
        }
    }

    /**
     * @param machineCode gives null where the Vector API does it all; asked for with the first mask, as most programs draw none
     */
    DropoutRows(Supplier<Functions> machineCode) {
        this.machineCode = machineCode;
    }

    /**
     * Draws whether elements {@code first} and following are kept.
     *
     * @param kept where {@link DropoutMath#words} words go
     */
    void draw(DropoutMath.Settings of, long first, int count, long kept, Scratch mine) {
        int before = (int) (first & 3);
        int drawn = before + count;
        if (count > 0 && functions() != null && of.leastFitsWord()) {
            int runs = Math.ceilDiv(drawn, PhiloxBits.RUN);
            functions.bits.call(kept, runs, 0, 0, 0, 0, first >>> 2, of.stream(), of.seed(), of.least());
        } else {
            DropoutMath.draw(of, first >>> 2, drawn, kept, mine);
        }
        DropoutMath.shift(kept, before, count);
    }

    /**
     * out = (or +=) x · keep where an element is kept, else 0, for rows of x.
     *
     * @param type of x
     * @param stride bytes from row to row of x
     * @param kept the first row's bits, those of others so many {@code words} of 64 bits further each
     * @param out F32, rows {@code outStride} bytes apart
     */
    void apply(
            DType type,
            long x,
            long stride,
            int rows,
            int count,
            long kept,
            int words,
            float keep,
            long out,
            long outStride,
            boolean adds,
            Scratch mine) {
        Routine routine = functions() == null ? null : functions.of(type, adds);
        int whole = routine == null ? 0 : count / RUN * RUN;
        if (whole > 0 && rows > 0) {
            long bits = Float.floatToRawIntBits(keep);
            routine.call(x, stride, kept, words * 8L, out, outStride, rows, whole / RUN, bits, 0);
        }
        for (int row = 0; row < rows && whole < count; row++) {
            long run = x + row * stride + (long) whole * type.bytes();
            long wide = Elements.read(type, run, count - whole, mine.wideRow(count - whole), mine);
            long bits = kept + (long) row * words * 8 + whole / 8;
            DropoutMath.apply(bits, keep, wide, count - whole, out + row * outStride + whole * 4L, adds);
        }
    }

    private Functions functions() {
        if (!asked) {
            functions = machineCode.get();
            asked = true;
        }
        return functions;
    }
}

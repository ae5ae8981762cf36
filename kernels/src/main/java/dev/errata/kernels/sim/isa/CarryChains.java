package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxType;

/** "Extended-Precision Integer Arithmetic Instructions": {@code .cc} leaves a carry, the {@code c} in a name takes it. */
final class CarryChains {
    /** The sum's bits, and whether something was carried out of them. */
    private interface WithCarry {
        long of(long a, long b, long c, boolean carry);
    }

    private interface CarryOut {
        boolean of(long a, long b, long c, boolean carry);
    }

    private CarryChains() {}

    /** {@code add.cc}, {@code addc}. */
    static Step add(Instruction in, Operands o) {
        PtxType t = in.type();
        long mask = Words.truncate(-1, t.bits());
        return chain(in, o, 2, (a, b, _, carry) -> a + b + (carry ? 1 : 0) & mask, (a, b, _, carry) -> {
            long sum = a + b & mask;
            return Long.compareUnsigned(sum, a) < 0 || (carry && sum == mask);
        });
    }

    /** {@code sub.cc}, {@code subc}: what is carried is a borrow. */
    static Step sub(Instruction in, Operands o) {
        PtxType t = in.type();
        long mask = Words.truncate(-1, t.bits());
        return chain(
                in,
                o,
                2,
                (a, b, _, borrow) -> a - b - (borrow ? 1 : 0) & mask,
                (a, b, _, borrow) -> Long.compareUnsigned(a, b) < 0 || (borrow && a == b));
    }

    /** {@code mad.cc}, {@code madc}. */
    static Step mad(Instruction in, Operands o) {
        PtxType t = in.type();
        long mask = Words.truncate(-1, t.bits());
        boolean high = in.has("hi");
        return chain(
                in, o, 3, (a, b, c, carry) -> product(t, high, a, b) + c + (carry ? 1 : 0) & mask, (a, b, c, carry) -> {
                    long sum = product(t, high, a, b) + c & mask;
                    return Long.compareUnsigned(sum, c) < 0 || (carry && sum == mask);
                });
    }

    private static long product(PtxType t, boolean high, long a, long b) {
        long x = Words.number(a, t);
        long y = Words.number(b, t);
        long product = !high
                ? x * y
                : switch (t) {
                    case S64 -> Math.multiplyHigh(x, y);
                    case U64 -> Math.unsignedMultiplyHigh(x, y);
                    default -> (x * y) >> t.bits();
                };
        return Words.truncate(product, t.bits());
    }

    private static Step chain(Instruction in, Operands o, int sources, WithCarry sum, CarryOut out) {
        PtxType t = in.type();
        int to = o.result(0);
        int a = o.value(1, t);
        int b = o.value(2, t);
        int c = sources == 3 ? o.value(3, t) : a;
        int flag = o.slots().carry();
        boolean takes = in.name().endsWith("c");
        boolean leaves = in.has("cc");
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            long[] y = warp.read(b, lanes);
            long[] z = warp.read(c, lanes);
            long[] result = warp.write(to, lanes);
            int before = takes ? warp.predicate(flag, lanes) : 0;
            int after = 0;
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                boolean carry = (before >>> i & 1) != 0;
                long value = sum.of(x[i], y[i], z[i], carry);
                after |= out.of(x[i], y[i], z[i], carry) ? 1 << i : 0;
                result[i] = value;
            }
            if (leaves) {
                warp.setPredicate(flag, lanes, after);
            }
        };
    }
}

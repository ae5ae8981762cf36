package dev.errata.kernels.machine;

import java.util.List;

/**
 * A function of our own of ten 64-bit numbers: System V passes six of them in {@link #ARGUMENTS}, the others above the return
 * address. It may change all registers but RBX, RBP, RSP and R12 to R15. No garbage collection begins while it runs, so it
 * should end within a millisecond or so.
 */
@FunctionalInterface
public interface Routine {
    /** Where the first six arguments are. */
    List<Gpr> ARGUMENTS = List.of(Gpr.RDI, Gpr.RSI, Gpr.RDX, Gpr.RCX, Gpr.R8, Gpr.R9);

    /** What a function does with its arguments is its own affair: a wrong address ends the process. */
    void call(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j);

    /** A call of fewer numbers. */
    default void call(long a, long b, long c, long d, long e, long f, long g, long h) {
        call(a, b, c, d, e, f, g, h, 0, 0);
    }
}

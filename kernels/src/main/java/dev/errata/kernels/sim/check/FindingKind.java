package dev.errata.kernels.sim.check;

import java.util.Locale;

/** The kinds of faults. */
public enum FindingKind {
    /** An access outside of every allocation, of the block's shared memory or of the thread's stack. */
    OUT_OF_BOUNDS,
    /** An address that is no multiple of the access's size. */
    MISALIGNED,
    /** Memory or a register is read before anything was written to it. */
    UNWRITTEN_READ,
    /** Data of an asynchronous copy or product are used before it was waited for. */
    MISSING_WAIT,
    /** Two threads use the same shared memory, one of them writing, with no barrier between. */
    SHARED_RACE,
    /** A barrier, shuffle or other instruction for a whole warp is run by a part of it. */
    DIVERGENT_BARRIER,
    /** Threads wait for what can't happen any more, or don't end. */
    DEADLOCK,
    /** A barrier is used with other counts, phases or bytes than it was made for. */
    BARRIER,
    /** A block uses what another block of the launch writes, with no atomic between. */
    CROSS_BLOCK,
    /** Shared memory is used by an asynchronous unit without a fence after ordinary stores. */
    MISSING_FENCE,
    /** A launch that the kernel or the device can't do. */
    LAUNCH;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

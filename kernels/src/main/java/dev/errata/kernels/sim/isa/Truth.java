package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Warp;

/** A predicate operand: the lanes for which it holds, as bits, of those that ask. */
@FunctionalInterface
interface Truth {
    int of(Warp warp, int lanes);
}

package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Warp;

/** A predicate operand: the lanes for which it holds, as bits. */
@FunctionalInterface
interface Truth {
    int lanes(Warp warp);
}

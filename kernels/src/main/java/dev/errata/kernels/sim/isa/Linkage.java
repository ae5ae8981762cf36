package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.ptx.Function;

/** Where the functions of a program begin among its steps. */
interface Linkage {
    int step(Function function, int instruction);

    /** A function with a body, or null. */
    Function function(String name);
}

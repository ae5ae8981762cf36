package dev.errata.kernels.sim.machine;

/** One instruction of a program, ready to run. */
@FunctionalInterface
public interface Step {
    /**
     * @param lanes that execute it, as bits; at least one
     */
    void run(Warp warp, int lanes);
}

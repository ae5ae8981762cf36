package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.ptx.Function;
import java.util.List;

/** What a kernel's performance directives promise. */
final class Directives {
    private Directives() {}

    /** Of a block, 0 if nothing is said. */
    static int maxThreads(Function kernel) {
        List<Integer> most = kernel.directives().get("maxntid");
        return most == null ? 0 : most.stream().reduce(1, (a, b) -> a * b);
    }

    /** The block's extents, or null if nothing is said. */
    static int[] requiredThreads(Function kernel) {
        List<Integer> required = kernel.directives().get("reqntid");
        return required == null ? null : extents(required);
    }

    /** The cluster's extents. */
    static int[] cluster(Function kernel) {
        List<Integer> cluster = kernel.directives().get("reqnctapercluster");
        return cluster == null ? new int[] {1, 1, 1} : extents(cluster);
    }

    private static int[] extents(List<Integer> given) {
        int[] extents = {1, 1, 1};
        for (int i = 0; i < given.size(); i++) {
            extents[i] = given.get(i);
        }
        return extents;
    }
}

package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;

/** {@code fence.proxy}: orders ordinary accesses with those of asynchronous units. */
final class ProxyFences {
    private ProxyFences() {}

    static Step fence(Instruction in, Operands o) {
        boolean async = in.has("async");
        return (warp, _) -> {
            if (async) {
                warp.block().shared().proxyFence(warp);
            }
        };
    }
}

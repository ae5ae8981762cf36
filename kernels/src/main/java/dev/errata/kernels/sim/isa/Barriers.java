package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.Barrier;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.List;

/** {@code bar} and {@code barrier} between the warps of a block, and fences. */
final class Barriers {
    private Barriers() {}

    /** {@code bar.sync a{, b}}, {@code bar.arrive a, b}, {@code bar.red.op d, a{, b}, p}, {@code bar.warp.sync}. */
    static Step bar(Instruction in, Operands o) {
        if (in.has("warp")) {
            return WarpExchange.barWarpSync(in, o);
        }
        if (in.has("cluster")) {
            return ClusterInstructions.barrier(in, o);
        }
        boolean aligned = in.name().equals("bar") || in.has("aligned");
        boolean reduces = in.has("red");
        boolean waits = !in.has("arrive");
        int first = reduces ? 1 : 0;
        int operands = o.count() - (reduces ? 2 : 0);
        int number = o.value(first, PtxType.U32);
        int threads = operands > 1 ? o.value(first + 1, PtxType.U32) : -1;
        Reduction reduction = reduces ? reduction(in, o) : null;
        Truth truth = reduces ? o.truth(o.count() - 1) : null;
        return (warp, lanes) -> {
            if (aligned && !warp.gathered(lanes, -1)) {
                return;
            }
            int lane = Integer.numberOfTrailingZeros(lanes);
            long barrier = warp.read(number, lanes)[lane];
            long wanted = threads < 0 ? 0 : warp.read(threads, lanes)[lane];
            if (barrier > 15
                    || wanted % 32 != 0
                    || (threads >= 0
                            && (wanted == 0 || wanted > 32L * warp.block().warps()))) {
                warp.report(
                        FindingKind.BARRIER,
                        lane,
                        0,
                        "no such barrier: number " + barrier + " for " + wanted + " threads");
                return;
            }
            Barrier.Outcome outcome =
                    reduction == null ? null : (truths, all) -> reduction.give(warp, lanes, truths, all);
            warp.block()
                    .barrier((int) barrier)
                    .arrive(
                            warp,
                            lanes,
                            (int) wanted,
                            waits,
                            outcome,
                            truth == null ? 0 : truth.of(warp, lanes) & lanes);
        };
    }

    private interface Reduction {
        void give(dev.errata.kernels.sim.machine.Warp warp, int lanes, int truths, int all);
    }

    private static Reduction reduction(Instruction in, Operands o) {
        if (in.has("popc")) {
            int to = o.result(0);
            return (warp, lanes, truths, _) -> WarpExchange.fill(warp.write(to, lanes), lanes, truths);
        }
        int to = o.predicateResult(0);
        boolean and = in.has("and");
        return (warp, lanes, truths, all) -> warp.setPredicate(to, lanes, (and ? truths == all : truths > 0) ? -1 : 0);
    }

    /** {@code membar}, {@code fence}: what reaches beyond the block lets its writes be published. */
    static Step fence(Instruction in, Operands o) {
        if (in.has("proxy")) {
            return ProxyFences.fence(in, o);
        }
        boolean beyondBlock = in.anyOf("gl", "sys", "gpu", "cluster") != null;
        if (!beyondBlock && in.anyOf("cta", "mbarrier_init") == null) {
            throw PtxException.unknown(in);
        }
        List<String> scopes = List.copyOf(in.modifiers());
        return (warp, _) -> {
            if (beyondBlock && !scopes.contains("mbarrier_init")) {
                warp.block().global().flow().fence();
            }
        };
    }
}

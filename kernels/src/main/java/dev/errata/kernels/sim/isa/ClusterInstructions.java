package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.ClusterAddress;
import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** The barrier of a cluster, addresses within it, and how warps share out registers. */
final class ClusterInstructions {
    private ClusterInstructions() {}

    /** {@code barrier.cluster.arrive} and {@code .wait}. */
    static Step barrier(Instruction in, Operands o) {
        boolean aligned = in.has("aligned");
        if (in.has("arrive")) {
            return (warp, lanes) -> {
                if (!aligned || warp.gathered(lanes, -1)) {
                    warp.arrivedInCluster(warp.block().cluster().barrier().arrive(warp, lanes));
                }
            };
        }
        if (in.has("wait")) {
            return (warp, lanes) -> {
                if (!aligned || warp.gathered(lanes, -1)) {
                    warp.block().cluster().barrier().await(warp, lanes, warp.clusterPhase());
                }
            };
        }
        throw PtxException.unknown(in);
    }

    /** {@code mapa.shared::cluster.u32 d, a, rank}: the same address in another block. */
    static Step mapa(Instruction in, Operands o) {
        PtxType t = in.type();
        boolean shared = in.has("shared::cluster");
        return LaneSteps.binary(
                in.opcode(),
                (a, rank) -> shared
                        ? ClusterAddress.of(a, rank)
                        : GenericSpace.SHARED + ClusterAddress.of(a - GenericSpace.SHARED, rank),
                o.result(0),
                o.value(1, t),
                o.value(2, PtxType.U32));
    }

    static Step setmaxnreg(Instruction in, Operands o) {
        long registers = o.constant(0);
        if (registers < 24 || registers > 256 || registers % 8 != 0) {
            throw o.wrong("a number of registers from 24 to 256, a multiple of 8");
        }
        return (warp, lanes) -> warp.gathered(lanes, -1);
    }
}

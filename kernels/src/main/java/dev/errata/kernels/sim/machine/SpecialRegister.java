package dev.errata.kernels.sim.machine;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The read-only registers whose values are settled when a warp starts. */
public enum SpecialRegister {
    TID_X("%tid.x", (w, lane) -> w.threadX(lane)),
    TID_Y("%tid.y", (w, lane) -> w.threadY(lane)),
    TID_Z("%tid.z", (w, lane) -> w.threadZ(lane)),
    NTID_X("%ntid.x", (w, _) -> w.block().launch().blockX()),
    NTID_Y("%ntid.y", (w, _) -> w.block().launch().blockY()),
    NTID_Z("%ntid.z", (w, _) -> w.block().launch().blockZ()),
    CTAID_X("%ctaid.x", (w, _) -> w.block().index().x()),
    CTAID_Y("%ctaid.y", (w, _) -> w.block().index().y()),
    CTAID_Z("%ctaid.z", (w, _) -> w.block().index().z()),
    NCTAID_X("%nctaid.x", (w, _) -> w.block().launch().gridX()),
    NCTAID_Y("%nctaid.y", (w, _) -> w.block().launch().gridY()),
    NCTAID_Z("%nctaid.z", (w, _) -> w.block().launch().gridZ()),
    LANEID("%laneid", (_, lane) -> lane),
    WARPID("%warpid", (w, _) -> w.index()),
    NWARPID("%nwarpid", (w, _) -> w.block().warps()),
    SMID("%smid", (_, _) -> 0),
    NSMID("%nsmid", (_, _) -> 1),
    GRIDID("%gridid", (_, _) -> 1),
    LANEMASK_EQ("%lanemask_eq", (_, lane) -> 1 << lane),
    LANEMASK_LT("%lanemask_lt", (_, lane) -> (1 << lane) - 1),
    LANEMASK_LE("%lanemask_le", (_, lane) -> (2 << lane) - 1),
    LANEMASK_GT("%lanemask_gt", (_, lane) -> ~((2 << lane) - 1)),
    LANEMASK_GE("%lanemask_ge", (_, lane) -> ~((1 << lane) - 1)),
    DYNAMIC_SHARED("%dynamic_smem_size", (w, _) -> w.block().launch().sharedBytes()),
    TOTAL_SHARED("%total_smem_size", (w, _) -> w.block().shared().bytes()),
    CLUSTER_CTAID_X("%cluster_ctaid.x", (w, _) -> w.block().clusterIndex().x()),
    CLUSTER_CTAID_Y("%cluster_ctaid.y", (w, _) -> w.block().clusterIndex().y()),
    CLUSTER_CTAID_Z("%cluster_ctaid.z", (w, _) -> w.block().clusterIndex().z()),
    CLUSTER_NCTAID_X("%cluster_nctaid.x", (w, _) -> w.program().cluster()[0]),
    CLUSTER_NCTAID_Y("%cluster_nctaid.y", (w, _) -> w.program().cluster()[1]),
    CLUSTER_NCTAID_Z("%cluster_nctaid.z", (w, _) -> w.program().cluster()[2]),
    CLUSTER_CTARANK("%cluster_ctarank", (w, _) -> w.block().clusterRank()),
    CLUSTER_NCTARANK(
            "%cluster_nctarank",
            (w, _) -> w.program().cluster()[0]
                    * w.program().cluster()[1]
                    * w.program().cluster()[2]),
    CLUSTERID_X("%clusterid.x", (w, _) -> w.block().index().x() / w.program().cluster()[0]),
    CLUSTERID_Y("%clusterid.y", (w, _) -> w.block().index().y() / w.program().cluster()[1]),
    CLUSTERID_Z("%clusterid.z", (w, _) -> w.block().index().z() / w.program().cluster()[2]),
    NCLUSTERID_X(
            "%nclusterid.x", (w, _) -> w.block().launch().gridX() / w.program().cluster()[0]),
    NCLUSTERID_Y(
            "%nclusterid.y", (w, _) -> w.block().launch().gridY() / w.program().cluster()[1]),
    NCLUSTERID_Z(
            "%nclusterid.z", (w, _) -> w.block().launch().gridZ() / w.program().cluster()[2]);

    private interface Value {
        int of(Warp warp, int lane);
    }

    private static final Map<String, SpecialRegister> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(s -> s.ptx, Function.identity()));

    private final String ptx;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Value value;

    SpecialRegister(String ptx, Value value) {
        this.ptx = ptx;
        this.value = value;
    }

    /** The register of this name, or null. */
    public static SpecialRegister named(String name) {
        return BY_NAME.get(name);
    }

    void fill(Warp warp, long[] lanes) {
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = Integer.toUnsignedLong(value.of(warp, lane));
        }
    }
}

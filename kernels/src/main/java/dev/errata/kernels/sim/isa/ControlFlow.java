package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxType;

/** Branches, calls and ends. */
final class ControlFlow {
    private ControlFlow() {}

    static Step bra(Instruction in, Operands o) {
        if (!(in.operand(0) instanceof Operand.Target target)) {
            throw o.wrong("no such label");
        }
        int to = o.stepOf(target.index());
        return (warp, lanes) -> warp.jump(to, lanes);
    }

    /** {@code brx.idx i, table}. */
    static Step brx(Instruction in, Operands o) {
        int index = o.value(0, PtxType.U32);
        int[] targets = o.branchTable(1);
        return (warp, lanes) -> {
            long[] i = warp.read(index, lanes);
            for (int rest = lanes; rest != 0; ) {
                int lane = Integer.numberOfTrailingZeros(rest);
                int together = 0;
                for (int r = rest; r != 0; r &= r - 1) {
                    int k = Integer.numberOfTrailingZeros(r);
                    together |= i[k] == i[lane] ? 1 << k : 0;
                }
                rest &= ~together;
                if (i[lane] >= targets.length) {
                    warp.report(
                            FindingKind.OUT_OF_BOUNDS,
                            lane,
                            0,
                            "branch " + i[lane] + " of a table of " + targets.length);
                    warp.exit(together);
                } else {
                    warp.jump(targets[(int) i[lane]], together);
                }
            }
        };
    }

    static Step ret(Instruction in, Operands o) {
        return (warp, lanes) -> warp.calls().pop(warp, lanes);
    }

    static Step exit(Instruction in, Operands o) {
        return (warp, lanes) -> warp.exit(lanes);
    }

    static Step trap(Instruction in, Operands o) {
        return (warp, lanes) -> {
            warp.report(FindingKind.LAUNCH, Integer.numberOfTrailingZeros(lanes), 0, "the kernel gives up");
            warp.exit(lanes);
        };
    }
}

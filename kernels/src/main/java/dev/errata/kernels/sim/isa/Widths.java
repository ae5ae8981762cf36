package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.Instruction;
import java.util.List;

/**
 * The narrowest stores of a kernel, as log2 of their bytes. Whether two accesses meet is looked at in pieces of that
 * size: what is written by wider stores only is read or overwritten in whole pieces.
 */
record Widths(int shared, int global) {
    private static final int WORD = 2;

    static Widths of(List<Function> functions) {
        int shared = WORD;
        int global = WORD;
        for (Function f : functions) {
            for (Instruction in : f.body()) {
                if (!in.name().equals("st")
                        && !in.name().equals("atom")
                        && !in.name().equals("red")) {
                    continue;
                }
                int width =
                        Math.min(WORD, Integer.numberOfTrailingZeros(in.type().bytes()));
                boolean toShared = in.anyOf("shared", "shared::cta", "shared::cluster") != null;
                boolean toGlobal = in.has("global");
                boolean elsewhere = in.anyOf("local", "param", "param::func") != null;
                shared = toGlobal || elsewhere ? shared : Math.min(shared, width);
                global = toShared || elsewhere ? global : Math.min(global, width);
            }
        }
        return new Widths(shared, global);
    }
}

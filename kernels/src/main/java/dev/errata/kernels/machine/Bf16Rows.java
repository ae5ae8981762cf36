package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/** Rows of f32 rounded to bf16, as {@link Bf16Rounding} does it, and back, 16 elements at a time. */
public final class Bf16Rows {
    /** Elements that are converted at a time. */
    public static final int RUN = 16;

    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr FROM_STRIDE = Gpr.RSI;
    private static final Gpr TO = Gpr.RDX;
    private static final Gpr TO_STRIDE = Gpr.RCX;
    private static final Gpr ROWS = Gpr.R8;
    private static final Gpr RUNS = Gpr.R9;
    private static final Gpr READ = Gpr.RAX;
    private static final Gpr WRITTEN = Gpr.R10;
    private static final Gpr LEFT = Gpr.R11;

    private static final Zmm X = new Zmm(0);
    private static final Zmm ROUNDED = new Zmm(1);
    private static final int ROUNDING = 16;

    private Bf16Rows() {}

    /** A function of: F32, bytes from row to row, where BF16 go, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode narrow() {
        Assembler a = new Assembler("rows of f32 to bf16");
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, READ);
        rows(a, () -> {
            a.vmovups(X, at(READ));
            bf16.stored(at(WRITTEN), X, ROUNDED);
            a.add(READ, Zmm.BYTES);
            a.add(WRITTEN, Bf16Rounding.BYTES);
        });
        bf16.constants();
        return a.assemble();
    }

    /** A function of: F32, bytes from row to row, where the same go, rounded, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode round() {
        Assembler a = new Assembler("rows of f32 rounded to bf16");
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, READ);
        rows(a, () -> {
            a.vmovups(X, at(READ));
            bf16.rounded(ROUNDED, X);
            a.vmovups(at(WRITTEN), ROUNDED);
            a.add(READ, Zmm.BYTES);
            a.add(WRITTEN, Zmm.BYTES);
        });
        bf16.constants();
        return a.assemble();
    }

    /** A function of: BF16, bytes from row to row, where F32 go, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode widen() {
        Assembler a = new Assembler("rows of bf16 to f32");
        rows(a, () -> {
            a.vpmovzxwd(X, at(READ));
            a.vpslld(X, X, 16);
            a.vmovups(at(WRITTEN), X);
            a.add(READ, Bf16Rounding.BYTES);
            a.add(WRITTEN, Zmm.BYTES);
        });
        return a.assemble();
    }

    private static void rows(Assembler a, Runnable run) {
        Label row = a.here("row");
        a.mov(READ, FROM);
        a.mov(WRITTEN, TO);
        a.mov(LEFT, RUNS);
        Label loop = a.here("run");
        run.run();
        a.sub(LEFT, 1);
        a.jne(loop);
        a.add(FROM, FROM_STRIDE);
        a.add(TO, TO_STRIDE);
        a.sub(ROWS, 1);
        a.jne(row);
        a.ret();
    }
}

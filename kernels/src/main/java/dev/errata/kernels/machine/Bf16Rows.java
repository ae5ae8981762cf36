package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.util.List;

/** Rows of f32 rounded to bf16, as {@link Bf16Rounding} does it, and back, 32 elements at a time. */
public final class Bf16Rows {
    /** Elements that are converted at a time. */
    public static final int RUN = 32;

    private static final Gpr FROM = Gpr.RDI;
    private static final Gpr FROM_STRIDE = Gpr.RSI;
    private static final Gpr TO = Gpr.RDX;
    private static final Gpr TO_STRIDE = Gpr.RCX;
    private static final Gpr ROWS = Gpr.R8;
    private static final Gpr RUNS = Gpr.R9;
    private static final Gpr READ = Gpr.RAX;
    private static final Gpr WRITTEN = Gpr.R10;
    private static final Gpr LEFT = Gpr.R11;

    private static final List<Zmm> X = List.of(new Zmm(0), new Zmm(1));
    private static final List<Zmm> ROUNDED = List.of(new Zmm(2), new Zmm(3));
    private static final int ROUNDING = 16;
    private static final Zmm UPPER_HALVES = new Zmm(22);

    private Bf16Rows() {}

    /** A function of: F32, bytes from row to row, where BF16 go, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode narrow() {
        Assembler a = new Assembler("rows of f32 to bf16");
        Label upperHalves = a.label("upper halves");
        a.vmovups(UPPER_HALVES, at(upperHalves));
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, READ);
        rows(a, () -> {
            for (int half = 0; half < 2; half++) {
                a.vmovups(X.get(half), at(READ, half * Zmm.BYTES));
                bf16.nearest(ROUNDED.get(half), X.get(half));
            }
            a.vpermt2w(ROUNDED.getFirst(), UPPER_HALVES, ROUNDED.getLast());
            a.vmovups(at(WRITTEN), ROUNDED.getFirst());
            a.add(READ, 2 * Zmm.BYTES);
            a.add(WRITTEN, Zmm.BYTES);
        });
        bf16.constants();
        a.constant(upperHalves, upperHalves());
        return a.assemble();
    }

    /** A function of: F32, bytes from row to row, where the same go, rounded, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode round() {
        Assembler a = new Assembler("rows of f32 rounded to bf16");
        Bf16Rounding bf16 = new Bf16Rounding(a, ROUNDING, READ);
        rows(a, () -> {
            for (int half = 0; half < 2; half++) {
                a.vmovups(X.get(half), at(READ, half * Zmm.BYTES));
                bf16.rounded(ROUNDED.get(half), X.get(half));
                a.vmovups(at(WRITTEN, half * Zmm.BYTES), ROUNDED.get(half));
            }
            a.add(READ, 2 * Zmm.BYTES);
            a.add(WRITTEN, 2 * Zmm.BYTES);
        });
        bf16.constants();
        return a.assemble();
    }

    /** A function of: BF16, bytes from row to row, where F32 go, bytes from row to row, rows, runs a row (each at least 1). */
    public static MachineCode widen() {
        Assembler a = new Assembler("rows of bf16 to f32");
        Zmm lower = new Zmm(0);
        Zmm upper = new Zmm(1);
        rows(a, () -> {
            a.vpmovzxwd(lower, at(READ));
            a.vpmovzxwd(upper, at(READ, Zmm.BYTES / 2));
            a.vpslld(lower, lower, 16);
            a.vpslld(upper, upper, 16);
            a.vmovups(at(WRITTEN), lower);
            a.vmovups(at(WRITTEN, Zmm.BYTES), upper);
            a.add(READ, Zmm.BYTES);
            a.add(WRITTEN, 2 * Zmm.BYTES);
        });
        return a.assemble();
    }

    /** The upper halves of the words of one register, then those of another. */
    private static byte[] upperHalves() {
        byte[] indices = new byte[Zmm.BYTES];
        for (int word = 0; word < RUN; word++) {
            indices[2 * word] = (byte) (2 * word + 1);
        }
        return indices;
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

package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What is done to rows of f32 a vector of 16 at a time, by the steps of the Vector API's twins, whose bits it has; of NaN it may make another
 * one. These loops are short, and the Vector API's are as fast once they are compiled: but a program that starts would wait for that.
 */
public final class F32Rows {
    private static final Zmm X = new Zmm(0);
    private static final Zmm SUM = new Zmm(1);
    private static final Zmm FACTOR = new Zmm(2);

    private F32Rows() {}

    /** A function of: numbers, others, where their sums go, which may be the same, vectors (at least 1). */
    public static MachineCode add() {
        Assembler a = new Assembler("sums of rows");
        vectors(a, Gpr.RCX, List.of(Gpr.RDI, Gpr.RSI, Gpr.RDX), () -> {
            a.vmovups(X, at(Gpr.RDI));
            a.vaddps(X, X, at(Gpr.RSI));
            a.vmovups(at(Gpr.RDX), X);
        });
        a.ret();
        return a.assemble();
    }

    /** A function of: numbers, where they go times a factor, which may be the same, vectors (at least 1), and as the seventh the factor's bits. */
    public static MachineCode scale() {
        Assembler a = new Assembler("a row times a factor");
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, 8));
        vectors(a, Gpr.RDX, List.of(Gpr.RDI, Gpr.RSI), () -> {
            a.vmulps(X, FACTOR, at(Gpr.RDI));
            a.vmovups(at(Gpr.RSI), X);
        });
        a.ret();
        return a.assemble();
    }

    /**
     * A function of: numbers x, weights w, where x · factor · w goes, in this order, which may be x or w, vectors (at least 1), and as the
     * seventh the factor's bits.
     */
    public static MachineCode scaleByWeight() {
        Assembler a = new Assembler("a row times a factor and a weight");
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, 8));
        vectors(a, Gpr.RCX, List.of(Gpr.RDI, Gpr.RSI, Gpr.RDX), () -> {
            a.vmulps(X, FACTOR, at(Gpr.RDI));
            a.vmulps(X, X, at(Gpr.RSI));
            a.vmovups(at(Gpr.RDX), X);
        });
        a.ret();
        return a.assemble();
    }

    /** A function of: numbers, where the largest of each of 16 lanes goes, NaN passed over, vectors (at least 1). */
    public static MachineCode max() {
        Assembler a = new Assembler("largest of a row");
        ByteBuffer lowest = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        lowest.putFloat(Float.NEGATIVE_INFINITY).flip();
        Label number = a.label("number");
        a.lea(Gpr.RAX, at(number));
        a.vpbroadcastd(SUM, at(Gpr.RAX));
        vectors(a, Gpr.RDX, List.of(Gpr.RDI), () -> {
            a.vmovups(X, at(Gpr.RDI));
            // The second, where one of the two is NaN.
            a.vmaxps(SUM, X, SUM);
        });
        a.vmovups(at(Gpr.RSI), SUM);
        a.ret();
        a.constant(number, lowest.array());
        return a.assemble();
    }

    /** A function of: numbers, others, where 16 sums of products go, one for each lane, a chain of FMA each, vectors (at least 1). */
    public static MachineCode dot() {
        Assembler a = new Assembler("dot product of rows");
        a.vpxord(SUM, SUM, SUM);
        vectors(a, Gpr.RCX, List.of(Gpr.RDI, Gpr.RSI), () -> {
            a.vmovups(X, at(Gpr.RDI));
            a.vfmadd231ps(SUM, X, at(Gpr.RSI));
        });
        a.vmovups(at(Gpr.RDX), SUM);
        a.ret();
        return a.assemble();
    }

    /**
     * Heads of which two halves are turned: (x1, x2) = (x1 · cos − x2 · sin, x2 · cos + x1 · sin), products rounded. A function of: the
     * first head's lower half, its upper half, bytes from head to head, heads (at least 1), cosines, sines, and beyond the six the bits of
     * a factor of the sines and vectors of a half (at least 1).
     */
    public static MachineCode rotate() {
        Gpr lower = Gpr.RDI;
        Gpr upper = Gpr.RSI;
        Gpr stride = Gpr.RDX;
        Gpr heads = Gpr.RCX;
        Gpr cosines = Gpr.R8;
        Gpr sines = Gpr.R9;
        Gpr place = Gpr.R10;
        Gpr left = Gpr.R11;
        Zmm x1 = new Zmm(3);
        Zmm x2 = new Zmm(4);
        Zmm cos = new Zmm(5);
        Zmm sin = new Zmm(6);
        Assembler a = new Assembler("heads of a row turned");
        a.vpbroadcastd(FACTOR, at(Gpr.RSP, 8));
        Label head = a.here("head");
        a.mov(place, new Immediate(0));
        a.mov(left, at(Gpr.RSP, 16));
        Label loop = a.here("loop");
        a.vmovups(x1, at(lower, place, 1, 0));
        a.vmovups(x2, at(upper, place, 1, 0));
        a.vmovups(cos, at(cosines, place, 1, 0));
        a.vmulps(sin, FACTOR, at(sines, place, 1, 0));
        a.vmulps(X, x1, cos);
        a.vmulps(SUM, x2, sin);
        a.vsubps(X, X, SUM);
        a.vmovups(at(lower, place, 1, 0), X);
        a.vmulps(X, x2, cos);
        a.vmulps(SUM, x1, sin);
        a.vaddps(X, X, SUM);
        a.vmovups(at(upper, place, 1, 0), X);
        a.add(place, Zmm.BYTES);
        a.sub(left, 1);
        a.jne(loop);
        a.add(lower, stride);
        a.add(upper, stride);
        a.sub(heads, 1);
        a.jne(head);
        a.ret();
        return a.assemble();
    }

    /** Steps over so many vectors; {@code pointers} go on by one each time. */
    private static void vectors(Assembler a, Gpr count, List<Gpr> pointers, Runnable step) {
        Label loop = a.here("loop");
        step.run();
        for (Gpr pointer : pointers) {
            a.add(pointer, Zmm.BYTES);
        }
        a.sub(count, 1);
        a.jne(loop);
    }
}

package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

/**
 * Products by a unit, of registers and into registers alone, and enough independent sums that it never waits for one: what it gives at
 * most. A peak to count kernels against.
 */
public record UnitPeak(ProcessorUnit unit) {
    /** On a Zen 5 20 sums of VDPBF16PS gave 321 GFLOP/s, 26 gave 500. */
    private static final int SUMS = 28;

    private static final int TILE_SUMS = 6;

    private static final Gpr ROUNDS = Gpr.RDI;
    private static final Gpr NO_STRIDE = Gpr.RSI;
    private static final Gpr ANY = Gpr.RAX;
    private static final Zmm A = new Zmm(30);
    private static final Zmm B = new Zmm(31);
    private static final Tmm TILE_A = new Tmm(6);
    private static final Tmm TILE_B = new Tmm(7);

    private boolean hasTiles() {
        return unit.needsTileState();
    }

    /** Additions and multiplications of a round. */
    public double operations() {
        // Words of a sum, and products that are added to each.
        double vector = 2.0 * SUMS * (Zmm.BYTES / 4);
        double tile = 2.0 * TILE_SUMS * TileShapes.ROWS * (TileShapes.ROW_BYTES / 4);
        return switch (unit) {
            case AVX512F -> vector;
            case VDPBF16PS -> vector * 2;
            case VPDPBUSD -> vector * 4;
            case AMX_BF16 -> tile * TileShapes.ROW_BYTES / 2;
            case AMX_INT8 -> tile * TileShapes.ROW_BYTES;
        };
    }

    /** A function of: rounds, at least 1. */
    public MachineCode code() {
        Assembler a = new Assembler("peak of " + unit);
        Label numbers = a.label("numbers");
        Label shapes = a.label("shapes");
        if (hasTiles()) {
            a.lea(ANY, at(shapes));
            a.ldtilecfg(at(ANY));
            a.lea(ANY, at(numbers));
            a.mov(NO_STRIDE, new Immediate(0));
            a.tileloadd(TILE_A, at(ANY, NO_STRIDE, 1, 0));
            a.tileloadd(TILE_B, at(ANY, NO_STRIDE, 1, 0));
            for (int sum = 0; sum < TILE_SUMS; sum++) {
                a.tilezero(new Tmm(sum));
            }
        } else {
            a.vmovups(A, at(numbers));
            a.vmovups(B, at(numbers));
            for (int sum = 0; sum < SUMS; sum++) {
                a.vpxord(new Zmm(sum), A, A);
            }
        }
        Label loop = a.here("loop");
        for (int sum = 0; sum < (hasTiles() ? TILE_SUMS : SUMS); sum++) {
            product(a, sum);
        }
        a.sub(ROUNDS, 1);
        a.jne(loop);
        if (hasTiles()) {
            a.tilerelease();
        }
        a.ret();
        a.constant(numbers, halves());
        if (hasTiles()) {
            a.constant(shapes, shapes());
        }
        return a.assemble();
    }

    private void product(Assembler a, int sum) {
        switch (unit) {
            case AVX512F -> a.vfmadd231ps(new Zmm(sum), A, B);
            case VDPBF16PS -> a.vdpbf16ps(new Zmm(sum), A, B);
            case VPDPBUSD -> a.vpdpbusd(new Zmm(sum), A, B);
            case AMX_BF16 -> a.tdpbf16ps(new Tmm(sum), TILE_A, TILE_B);
            case AMX_INT8 -> a.tdpbssd(new Tmm(sum), TILE_A, TILE_B);
        }
    }

    /** 0.5 in bf16, and nearly so in f32, whose sums stay finite; as bytes 0 and 63. */
    private static byte[] halves() {
        byte[] all = new byte[Zmm.BYTES];
        for (int i = 1; i < all.length; i += 2) {
            all[i] = 0x3F;
        }
        return all;
    }

    private static byte[] shapes() {
        TileShapes all = new TileShapes();
        for (int tile = 0; tile < Tmm.COUNT; tile++) {
            all.tile(new Tmm(tile), TileShapes.ROWS, TileShapes.ROW_BYTES);
        }
        return all.bytes();
    }
}

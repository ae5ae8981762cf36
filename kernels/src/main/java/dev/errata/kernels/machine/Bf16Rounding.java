package dev.errata.kernels.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The steps between f32 in registers and bf16 in memory, within a listing. Rounding is to the nearest, of two to the even one, done in
 * integers, so that numbers too small to be normal keep their bits (VCVTNE2PS2BF16 makes them 0); a NaN becomes quiet and keeps the rest of
 * its upper half.
 */
final class Bf16Rounding {
    /** Bytes of 16 elements. */
    static final int BYTES = Zmm.BYTES / 2;

    private static final Opmask NAN = new Opmask(7);

    private final Assembler a;
    private final Zmm one;
    private final Zmm half;
    private final Zmm quiet;
    private final Zmm upper;
    private final Label numbers;

    /**
     * @param first the number of the first of four registers that are kept for it; k7 is changed
     * @param free a register that is changed on the way
     */
    Bf16Rounding(Assembler a, int first, Gpr free) {
        this.a = a;
        one = new Zmm(first);
        half = new Zmm(first + 1);
        quiet = new Zmm(first + 2);
        upper = new Zmm(first + 3);
        numbers = a.label("numbers of rounding");
        a.lea(free, Address.at(numbers));
        a.vpbroadcastd(one, Address.at(free));
        a.vpbroadcastd(half, Address.at(free, 4));
        a.vpbroadcastd(quiet, Address.at(free, 8));
        a.vpbroadcastd(upper, Address.at(free, 12));
    }

    /** What the steps read, at the listing's end. */
    void constants() {
        ByteBuffer table = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        a.constant(
                numbers,
                table.putInt(1)
                        .putInt(0x7FFF)
                        .putInt(0x0040_0000)
                        .putInt(0xFFFF_0000)
                        .array());
    }

    /** 16 elements of memory as f32. */
    void widened(Zmm to, Address from) {
        a.vpmovzxwd(to, from);
        a.vpslld(to, to, 16);
    }

    /** The rounded number in the upper halves of {@code to}, something in the lower ones. */
    void nearest(Zmm to, Zmm x) {
        a.vpsrld(to, x, 16);
        a.vcmpunordps(NAN, x, x);
        a.vpandd(to, to, one);
        a.vpaddd(to, to, half);
        a.vpaddd(to, to, x);
        a.vpord(to.where(NAN), x, quiet);
    }

    /** The rounded number as f32. */
    void rounded(Zmm to, Zmm x) {
        nearest(to, x);
        a.vpandd(to, to, upper);
    }

    /** Puts 16 numbers into memory, rounded; {@code free} is changed. */
    void stored(Address to, Zmm x, Zmm free) {
        nearest(free, x);
        a.vpsrld(free, free, 16);
        a.vpmovdw(to, free);
    }
}

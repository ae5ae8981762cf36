package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which elements dropout keeps, as bits: Philox4x32-10 (Salmon et al. 2011), 16 blocks of four words a time.
 *
 * <p>A lane of 64 bits holds two words of a block, the one that is multiplied next below. The product's upper half, with the other word and
 * a key, is the next word to be multiplied, and its lower half the other one: so a mask of the upper halves lets one instruction take
 * product, word and key together, and another exchanges the halves. Nothing is shifted. Counters stand in the order in which the words of
 * blocks, put together, are those of elements.
 */
public final class PhiloxBits {
    /** Elements whose bits are drawn at a time. */
    public static final int RUN = 64;

    private static final int ROUNDS = 10;
    private static final int BLOCKS = RUN / 4;

    private static final Gpr TO = Gpr.RDI;
    private static final Gpr RUNS = Gpr.RSI;
    private static final Gpr NUMBERS = Gpr.RAX;
    private static final int FIRST = 8;
    private static final int STREAM = 16;
    private static final int SEED = 24;
    private static final int LEAST = 32;

    private static final Opmask UPPER = new Opmask(1);
    private static final Opmask KEPT = new Opmask(2);
    private static final Opmask ALSO_KEPT = new Opmask(3);
    private static final Zmm COUNTERS = new Zmm(8);
    private static final Zmm LEAST_WORD = new Zmm(9);
    private static final Zmm FACTOR_0 = new Zmm(10);
    private static final Zmm FACTOR_1 = new Zmm(11);
    /** Keys of the rounds, two for each. */
    private static final List<Zmm> KEYS =
            IntStream.range(12, 12 + 2 * ROUNDS).mapToObj(Zmm::new).toList();

    /** Exclusive or of three. */
    private static final int EXCLUSIVE = 0x96;
    /** The two halves of each 64 bits exchanged. */
    private static final int EXCHANGED = 0b10_11_00_01;

    private PhiloxBits() {}

    /** Words of some blocks: a register for words 0 and 1, one for words 2 and 3, two for products. */
    private record Blocks(Zmm lower, Zmm upper, Zmm product, Zmm other) {
        static Blocks at(int first) {
            return new Blocks(new Zmm(first), new Zmm(first + 1), new Zmm(first + 2), new Zmm(first + 3));
        }
    }

    /**
     * A function of: where the bits go, 8 bytes a run, lowest bit first; runs (at least 1); and beyond the six the counter of the first
     * block, the stream, the seed, and what a word must be at least, without a sign, for its element to be kept.
     */
    public static MachineCode code() {
        Assembler a = new Assembler("bits of dropout");
        Label numbers = a.label("numbers");
        Label order = a.label("order");
        Label half = a.label("half");
        Label all = a.label("all");
        a.lea(NUMBERS, at(numbers));
        a.kmovw(UPPER, at(NUMBERS, 16));
        keys(a);
        a.vpbroadcastd(FACTOR_0, at(NUMBERS));
        a.vpbroadcastd(FACTOR_1, at(NUMBERS, 4));
        a.vpbroadcastd(LEAST_WORD, at(Gpr.RSP, LEAST));
        a.vpbroadcastq(COUNTERS, at(Gpr.RSP, FIRST));
        a.vpaddq(COUNTERS, COUNTERS, at(order));
        Blocks one = Blocks.at(0);
        Blocks two = Blocks.at(4);
        Label loop = a.here("loop");
        a.vmovups(one.lower, COUNTERS);
        a.vpaddq(two.lower, COUNTERS, at(half));
        a.vpaddq(COUNTERS, COUNTERS, at(all));
        a.vpbroadcastq(one.upper, at(Gpr.RSP, STREAM));
        a.vmovups(two.upper, one.upper);
        for (int round = 0; round < ROUNDS; round++) {
            round(a, one, round);
            round(a, two, round);
        }
        compare(a, one, 0);
        compare(a, two, 4);
        a.add(TO, RUN / 8);
        a.sub(RUNS, 1);
        a.jne(loop);
        a.ret();
        a.constant(numbers, numbers());
        a.constant(order, longs(0, 4, 1, 5, 2, 6, 3, 7));
        a.constant(half, repeated(BLOCKS / 2));
        a.constant(all, repeated(BLOCKS));
        return a.assemble();
    }

    private static void keys(Assembler a) {
        for (int i = 0; i < 2; i++) {
            Zmm step = new Zmm(i);
            a.vpbroadcastd(step, at(NUMBERS, 8 + 4 * i));
            a.vpbroadcastd(KEYS.get(i), at(Gpr.RSP, SEED + 4 * i));
            for (int round = 1; round < ROUNDS; round++) {
                a.vpaddd(KEYS.get(2 * round + i), KEYS.get(2 * round + i - 2), step);
            }
        }
    }

    private static void round(Assembler a, Blocks blocks, int round) {
        a.vpmuludq(blocks.product, blocks.lower, FACTOR_0);
        a.vpmuludq(blocks.other, blocks.upper, FACTOR_1);
        a.vpternlogd(blocks.other.where(UPPER), blocks.lower, KEYS.get(2 * round), EXCLUSIVE);
        a.vpternlogd(blocks.product.where(UPPER), blocks.upper, KEYS.get(2 * round + 1), EXCLUSIVE);
        a.vpshufd(blocks.lower, blocks.other, EXCHANGED);
        a.vpshufd(blocks.upper, blocks.product, EXCHANGED);
    }

    /** The bits of 32 elements. */
    private static void compare(Assembler a, Blocks blocks, int to) {
        a.vpunpcklqdq(blocks.product, blocks.lower, blocks.upper);
        a.vpunpckhqdq(blocks.other, blocks.lower, blocks.upper);
        a.vpcmpud(KEPT, blocks.product, LEAST_WORD);
        a.vpcmpud(ALSO_KEPT, blocks.other, LEAST_WORD);
        a.kmovw(at(TO, to), KEPT);
        a.kmovw(at(TO, to + 2), ALSO_KEPT);
    }

    /** Both multipliers, what the keys grow by, and the mask of upper halves. */
    private static byte[] numbers() {
        ByteBuffer numbers = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        numbers.putInt(0xD2511F53).putInt(0xCD9E8D57).putInt(0x9E3779B9).putInt(0xBB67AE85);
        return numbers.putInt(0xAAAA).array();
    }

    private static byte[] repeated(long number) {
        return longs(IntStream.range(0, 8).mapToLong(i -> number).toArray());
    }

    private static byte[] longs(long... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long each : numbers) {
            bytes.putLong(each);
        }
        return bytes.array();
    }
}

package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Address.at;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which elements dropout keeps, as bits: Philox4x32-10 (Salmon et al. 2011), 32 blocks of four words a time: a round of one block waits
 * for the one before it, so four vectors of blocks go through their rounds side by side.
 *
 * <p>A lane of 64 bits holds two words of a block, the one that is multiplied next below. The product's upper half, with the other word and
 * a key, is the next word to be multiplied, and its lower half the other one: so a mask of the upper halves lets one instruction take
 * product, word and key together, and another exchanges the halves. Nothing is shifted. Counters stand in the order in which the words of
 * blocks, put together, are those of elements.
 */
public final class PhiloxBits {
    /** Elements whose bits are drawn at a time. */
    public static final int RUN = 128;

    private static final int ROUNDS = 10;
    /** Blocks of a vector. */
    private static final int BLOCKS = 8;

    private static final Gpr TO = Gpr.RDI;
    private static final Gpr RUNS = Gpr.RSI;
    private static final Gpr NUMBERS = Gpr.RAX;
    private static final int COUNTER = 8;
    private static final int STREAM = 16;
    private static final int SEED = 24;
    private static final int LEAST = 32;

    private static final Opmask UPPER = new Opmask(1);
    private static final Opmask KEPT = new Opmask(2);
    private static final Opmask ALSO_KEPT = new Opmask(3);
    private static final Zmm PRODUCT = new Zmm(8);
    private static final Zmm OTHER = new Zmm(9);
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

    /** Words 0 and 1 of a vector of blocks, and words 2 and 3. */
    private record Blocks(Zmm lower, Zmm upper) {
        static final List<Blocks> ALL = IntStream.range(0, 4)
                .mapToObj(i -> new Blocks(new Zmm(2 * i), new Zmm(2 * i + 1)))
                .toList();
    }

    /**
     * A function of: where the bits go, 16 bytes a run, lowest bit first; runs (at least 1); and beyond the six the counter of the first
     * block, the stream, the seed, and what a word must be at least, without a sign, for its element to be kept.
     */
    public static MachineCode code() {
        Assembler a = new Assembler("bits of dropout");
        Label numbers = a.label("numbers");
        List<Label> orders = Blocks.ALL.stream().map(blocks -> a.label("order")).toList();
        a.lea(NUMBERS, at(numbers));
        a.kmovw(UPPER, at(NUMBERS, 16));
        keys(a);
        a.vpbroadcastd(FACTOR_0, at(NUMBERS));
        a.vpbroadcastd(FACTOR_1, at(NUMBERS, 4));
        Label loop = a.here("loop");
        for (int i = 0; i < Blocks.ALL.size(); i++) {
            Blocks blocks = Blocks.ALL.get(i);
            a.vpbroadcastq(blocks.lower, at(Gpr.RSP, COUNTER));
            a.vpaddq(blocks.lower, blocks.lower, at(orders.get(i)));
            a.vpbroadcastq(blocks.upper, at(Gpr.RSP, STREAM));
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (Blocks blocks : Blocks.ALL) {
                round(a, blocks, round);
            }
        }
        for (int i = 0; i < Blocks.ALL.size(); i++) {
            compare(a, Blocks.ALL.get(i), 4 * i);
        }
        a.mov(NUMBERS, at(Gpr.RSP, COUNTER));
        a.add(NUMBERS, RUN / 4);
        a.mov(at(Gpr.RSP, COUNTER), NUMBERS);
        a.add(TO, RUN / 8);
        a.sub(RUNS, 1);
        a.jne(loop);
        a.ret();
        a.constant(numbers, numbers());
        for (int i = 0; i < Blocks.ALL.size(); i++) {
            a.constant(orders.get(i), order(BLOCKS * i));
        }
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
        a.vpmuludq(PRODUCT, blocks.lower, FACTOR_0);
        a.vpmuludq(OTHER, blocks.upper, FACTOR_1);
        a.vpternlogd(OTHER.where(UPPER), blocks.lower, KEYS.get(2 * round), EXCLUSIVE);
        a.vpternlogd(PRODUCT.where(UPPER), blocks.upper, KEYS.get(2 * round + 1), EXCLUSIVE);
        a.vpshufd(blocks.lower, OTHER, EXCHANGED);
        a.vpshufd(blocks.upper, PRODUCT, EXCHANGED);
    }

    /** The bits of 32 elements. */
    private static void compare(Assembler a, Blocks blocks, int to) {
        Address least = at(Gpr.RSP, LEAST).repeated();
        a.vpunpcklqdq(PRODUCT, blocks.lower, blocks.upper);
        a.vpunpckhqdq(OTHER, blocks.lower, blocks.upper);
        a.vpcmpud(KEPT, PRODUCT, least);
        a.vpcmpud(ALSO_KEPT, OTHER, least);
        a.kmovw(at(TO, to), KEPT);
        a.kmovw(at(TO, to + 2), ALSO_KEPT);
    }

    /** Both multipliers, what the keys grow by, and the mask of upper halves. */
    private static byte[] numbers() {
        ByteBuffer numbers = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        numbers.putInt(0xD2511F53).putInt(0xCD9E8D57).putInt(0x9E3779B9).putInt(0xBB67AE85);
        return numbers.putInt(0xAAAA).array();
    }

    /** What counters of a vector are beyond the first: in this order two unpacked vectors have the words of elements in theirs. */
    private static byte[] order(int from) {
        ByteBuffer bytes = ByteBuffer.allocate(Zmm.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long each : new long[] {0, 4, 1, 5, 2, 6, 3, 7}) {
            bytes.putLong(from + each);
        }
        return bytes.array();
    }
}

package dev.errata.kernels.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What our instructions mean, in plain Java: runs a function line by line on registers and tiles of its own and on the process's
 * memory, of which it touches nothing but what it was given. So a function can be run that this processor couldn't, and one that
 * reads beyond its buffers is an error with the line that does.
 */
public final class PlainProcessor {
    private static final int STACK = 1024;
    private static final long RETURN = -2;
    private static final MemorySegment ALL = everything();

    final long[] general = new long[Gpr.values().length];
    final int[][] vectors = new int[Zmm.COUNT][16];
    final int[] masks = new int[Opmask.COUNT];
    private final PlainTiles tiles = new PlainTiles();
    private final List<Region> regions = new ArrayList<>();
    private Map<String, Long> constants = Map.of();
    private boolean hasFlags;
    private boolean zero;
    private boolean less;
    private boolean touchesAnything;
    private Line line;

    private record Region(long from, long to, boolean written) {}

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /** Memory that functions may read. */
    PlainProcessor reads(long address, long bytes) {
        regions.add(new Region(address, address + bytes, false));
        return this;
    }

    /** Memory that functions may read and write. */
    PlainProcessor writes(long address, long bytes) {
        regions.add(new Region(address, address + bytes, true));
        return this;
    }

    /**
     * A function that is run line by line instead of by a processor, and touches whatever it addresses: where that is between guard
     * pages, one byte too far ends the process.
     */
    public static Routine routine(MachineCode code) {
        return (a, b, c, d, e, f, g, h, i, j) -> {
            PlainProcessor processor = new PlainProcessor();
            processor.touchesAnything = true;
            processor.call(code, a, b, c, d, e, f, g, h, i, j);
        };
    }

    /**
     * Runs a function with arguments as System V passes them, and sees that it keeps what it must. All other registers hold something.
     */
    void call(MachineCode code, long... arguments) {
        Map<String, Integer> labels = new HashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            constants = new HashMap<>();
            for (int i = 0; i < code.lines().size(); i++) {
                if (code.lines().get(i) instanceof Label label) {
                    labels.put(label.name(), i);
                    if (i + 1 < code.lines().size() && code.lines().get(i + 1) instanceof Constant constant) {
                        MemorySegment bytes = arena.allocate(Math.max(64, constant.bytes().length), 64);
                        MemorySegment.copy(
                                constant.bytes(), 0, bytes, ValueLayout.JAVA_BYTE, 0, constant.bytes().length);
                        constants.put(label.name(), bytes.address());
                        reads(bytes.address(), constant.bytes().length);
                    }
                }
            }
            Random random = new Random(1);
            for (int i = 0; i < general.length; i++) {
                general[i] = random.nextLong();
            }
            for (int[] vector : vectors) {
                Arrays.setAll(vector, i -> random.nextInt());
            }
            Arrays.setAll(masks, i -> random.nextInt(1 << 16));
            hasFlags = false;
            long stack = arena.allocate(STACK, 64).address();
            writes(stack, STACK);
            general[Gpr.RSP.number()] = stack + STACK - 128;
            int onStack = Routine.ARGUMENTS.size();
            for (int i = 0; i < arguments.length; i++) {
                if (i < onStack) {
                    general[Routine.ARGUMENTS.get(i).number()] = arguments[i];
                } else {
                    set(general[Gpr.RSP.number()] + (i - onStack) * 8L, arguments[i]);
                }
            }
            push(RETURN);
            long[] before = general.clone();
            run(code.lines(), labels);
            for (Gpr kept : List.of(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15)) {
                if (general[kept.number()] != before[kept.number()]) {
                    throw new AssertionError(code.name() + " changed " + kept);
                }
            }
            if (general[Gpr.RSP.number()] != before[Gpr.RSP.number()] + 8) {
                throw new AssertionError(code.name() + " lost its stack");
            }
            if (tiles.areInUse()) {
                throw new AssertionError(code.name() + " leaves its tiles in use");
            }
        }
    }

    private void run(List<Line> lines, Map<String, Integer> labels) {
        for (int at = 0; ; at++) {
            line = lines.get(at);
            if (line instanceof Constant) {
                throw new AssertionError("a constant is run into");
            }
            if (!(line instanceof MachineInstruction instruction)) {
                continue;
            }
            switch (instruction.mnemonic()) {
                case RET -> {
                    if (pop() != RETURN) {
                        throw new AssertionError("returns to something else");
                    }
                    return;
                }
                case JMP, JE, JNE, JL -> {
                    if (!hasFlags && instruction.mnemonic() != Mnemonic.JMP) {
                        throw new AssertionError(line + " goes by flags that nothing set");
                    }
                    boolean jumps = switch (instruction.mnemonic()) {
                        case JE -> zero;
                        case JNE -> !zero;
                        case JL -> less;
                        default -> true;
                    };
                    if (jumps) {
                        at = labels.get(((Label) instruction.operands().getFirst()).name());
                    }
                }
                default -> step(instruction);
            }
        }
    }

    private void step(MachineInstruction instruction) {
        List<MachineOperand> o = instruction.operands();
        switch (instruction.mnemonic()) {
            case MOV -> {
                long value = number(o.getLast());
                if (o.getFirst() instanceof Address to) {
                    set(address(to), value);
                } else {
                    general(o, value);
                }
            }
            case LEA -> general(o, address((Address) o.getLast()));
            case ADD -> sum(o, number(o.getFirst()) + number(o.getLast()));
            case SUB -> {
                compare(o);
                general(o, number(o.getFirst()) - number(o.getLast()));
            }
            case CMP -> compare(o);
            case SHL -> {
                general(o, number(o.getFirst()) << number(o.getLast()));
                hasFlags = false;
            }
            case PUSH -> push(number(o.getFirst()));
            case POP -> general(o, pop());
            case PREFETCHT0, VZEROUPPER -> {}
            case VMOVUPS -> {
                int[] value = lanes(o.getLast());
                if (o.getFirst() instanceof Address to) {
                    store(address(to), value);
                } else {
                    vectors[vector(o.getFirst())] = value;
                }
            }
            case VPBROADCASTD -> {
                int value = load(address((Address) o.getLast()));
                lanewise(o, i -> value);
            }
            case VPBROADCASTQ -> {
                long from = address((Address) o.getLast());
                int lower = load(from);
                int upper = load(from + 4);
                lanewise(o, i -> i % 2 == 0 ? lower : upper);
            }
            case KMOVW -> {
                if (o.getFirst() instanceof Address to) {
                    storeWord(address(to), masks[((Opmask) o.getLast()).number()]);
                } else {
                    masks[((Opmask) o.getFirst()).number()] = loadWord(address((Address) o.getLast()));
                }
            }
            case VPCMPUD -> compareLanes(o, 5, (a, b) -> Integer.compareUnsigned(a, b) >= 0);
            case VCMPPS -> compareLanes(o, 3, (a, b) -> Float.isNaN(f(a)) || Float.isNaN(f(b)));
            case VPMOVZXWD -> {
                long from = address((Address) o.getLast());
                lanewise(o, i -> loadWord(from + i * 2L));
            }
            case VPMOVDW -> {
                int[] from = lanes(o.getLast());
                int[] to = new int[16];
                for (int i = 0; i < 16; i++) {
                    to[i / 2] |= (from[i] & 0xFFFF) << (16 * (i % 2));
                }
                if (o.getFirst() instanceof Address address) {
                    for (int i = 0; i < 8; i++) {
                        store(address(address) + i * 4L, to[i]);
                    }
                } else {
                    vectors[vector(o.getFirst())] = to;
                }
            }
            case VPMOVDB -> {
                int[] from = lanes(o.getLast());
                long to = address((Address) o.getFirst());
                for (int i = 0; i < 16; i += 4) {
                    store(
                            to + i,
                            (from[i] & 0xFF)
                                    | (from[i + 1] & 0xFF) << 8
                                    | (from[i + 2] & 0xFF) << 16
                                    | from[i + 3] << 24);
                }
            }
            case VEXTRACTI32X4 -> {
                int[] from = lanes(o.get(1));
                int quarter = ((Immediate) o.getLast()).value() & 3;
                for (int i = 0; i < 4; i++) {
                    store(address((Address) o.getFirst()) + i * 4L, from[quarter * 4 + i]);
                }
            }
            case LDTILECFG, TILERELEASE, TILEZERO, TILELOADD, TILESTORED, TDPBF16PS, TDPBSSD ->
                tiles.step(instruction, this);
            default -> vectorStep(instruction.mnemonic(), o);
        }
    }

    private static int nearest(float x) {
        double whole = Math.rint(x);
        return whole >= Integer.MIN_VALUE && whole <= Integer.MAX_VALUE ? (int) whole : Integer.MIN_VALUE;
    }

    private interface Lane {
        int at(int i);
    }

    private void lanewise(List<MachineOperand> o, Lane lane) {
        int[] result = new int[16];
        for (int i = 0; i < 16; i++) {
            result[i] = lane.at(i);
        }
        write(o.getFirst(), result);
    }

    /** The lanes of a mask, or all. */
    private void write(MachineOperand to, int[] value) {
        int[] register = vectors[vector(to)];
        for (int i = 0; i < 16; i++) {
            if (!(to instanceof Masked masked) || (masks[masked.mask().number()] >>> i & 1) != 0) {
                register[i] = value[i];
            } else if (masked.zeroes()) {
                register[i] = 0;
            }
        }
    }

    private interface Comparison {
        boolean holds(int a, int b);
    }

    private void compareLanes(List<MachineOperand> o, int number, Comparison comparison) {
        if (!(o.getLast() instanceof Immediate(int predicate)) || predicate != number) {
            throw fault("only comparison " + number + " is known");
        }
        int[] a = lanes(o.get(1));
        int[] b = lanes(o.get(2));
        int bits = 0;
        for (int i = 0; i < 16; i++) {
            bits |= (comparison.holds(a[i], b[i]) ? 1 : 0) << i;
        }
        masks[((Opmask) o.getFirst()).number()] = bits;
    }

    private void vectorStep(Mnemonic mnemonic, List<MachineOperand> o) {
        int[] sum = lanes(o.getFirst());
        int[] a = lanes(o.get(1));
        int[] b = o.size() < 3 || o.get(2) instanceof Immediate ? null : lanes(o.get(2));
        int count = o.getLast() instanceof Immediate n ? n.value() : 0;
        switch (mnemonic) {
            case VPXORD -> lanewise(o, i -> a[i] ^ b[i]);
            case VPANDD -> lanewise(o, i -> a[i] & b[i]);
            case VPORD -> lanewise(o, i -> a[i] | b[i]);
            case VPTERNLOGD ->
                lanewise(o, i -> {
                    int result = 0;
                    for (int bit = 0; bit < 32; bit++) {
                        int index = ((sum[i] >>> bit & 1) << 2) | ((a[i] >>> bit & 1) << 1) | (b[i] >>> bit & 1);
                        result |= (count >>> index & 1) << bit;
                    }
                    return result;
                });
            case VPSRLD -> lanewise(o, i -> a[i] >>> count);
            case VPSLLD -> lanewise(o, i -> a[i] << count);
            case VPSRAD -> lanewise(o, i -> a[i] >> count);
            case VCVTDQ2PS -> lanewise(o, i -> bits(a[i]));
            case VCVTPS2DQ -> lanewise(o, i -> nearest(f(a[i])));
            case VMULPS -> lanewise(o, i -> bits(f(a[i]) * f(b[i])));
            case VADDPS -> lanewise(o, i -> bits(f(a[i]) + f(b[i])));
            case VSUBPS -> lanewise(o, i -> bits(f(a[i]) - f(b[i])));
            case VDIVPS -> lanewise(o, i -> bits(f(a[i]) / f(b[i])));
            case VMINPS -> lanewise(o, i -> f(a[i]) < f(b[i]) ? a[i] : b[i]);
            case VMAXPS -> lanewise(o, i -> f(a[i]) > f(b[i]) ? a[i] : b[i]);
            case VPADDD -> lanewise(o, i -> a[i] + b[i]);
            case VPMULLD -> lanewise(o, i -> a[i] * b[i]);
            case VPMAXUD -> lanewise(o, i -> Integer.compareUnsigned(a[i], b[i]) > 0 ? a[i] : b[i]);
            case VPADDQ -> quads(o, i -> quad(a, i) + quad(b, i));
            case VPMULUDQ -> quads(o, i -> (quad(a, i) & 0xFFFF_FFFFL) * (quad(b, i) & 0xFFFF_FFFFL));
            case VPSHUFD -> lanewise(o, i -> a[i / 4 * 4 + (count >>> (i % 4 * 2) & 3)]);
            case VPUNPCKLDQ -> lanewise(o, i -> (i % 2 == 0 ? a : b)[i / 4 * 4 + i % 4 / 2]);
            case VPUNPCKHDQ -> lanewise(o, i -> (i % 2 == 0 ? a : b)[i / 4 * 4 + 2 + i % 4 / 2]);
            case VPUNPCKLQDQ -> lanewise(o, i -> (i % 4 < 2 ? a : b)[i / 4 * 4 + i % 2]);
            case VPUNPCKHQDQ -> lanewise(o, i -> (i % 4 < 2 ? a : b)[i / 4 * 4 + 2 + i % 2]);
            case VSHUFI32X4 -> lanewise(o, i -> (i < 8 ? a : b)[(count >>> (i / 4 * 2) & 3) * 4 + i % 4]);
            case VFMADD213PS -> lanewise(o, i -> bits(Math.fma(f(a[i]), f(sum[i]), f(b[i]))));
            case VFMADD231PS -> lanewise(o, i -> bits(Math.fma(f(a[i]), f(b[i]), f(sum[i]))));
            case VCVTPH2PS -> lanewise(o, i -> bits(Float.float16ToFloat((short) word(a, i))));
            case VPSUBB -> bytes(o, i -> byteAt(a, i) - byteAt(b, i));
            case VPERMPS -> lanewise(o, i -> b[a[i] & 15]);
            case VCVTNE2PS2BF16 -> words(o, i -> bf16(i < 16 ? b[i] : a[i - 16]));
            case VPERMW -> words(o, i -> word(b, word(a, i) & 31));
            case VPERMT2W ->
                words(o, i -> {
                    int index = word(a, i) & 63;
                    return word(index < 32 ? sum : b, index & 31);
                });
            case VPERMT2B ->
                bytes(o, i -> {
                    int index = byteAt(a, i) & 127;
                    return byteAt(index < 64 ? sum : b, index & 63);
                });
            case VPMULTISHIFTQB -> bytes(o, i -> (int) Long.rotateRight(quad(b, i / 8), byteAt(a, i) & 63));
            case VDPBF16PS -> lanewise(o, i -> bits(pairs(f(sum[i]), a[i], b[i])));
            case VPDPBUSD -> lanewise(o, i -> sum[i] + fourProducts(b[i], a[i]));
            default -> throw new AssertionError(mnemonic);
        }
    }

    /** Adds the products of two pairs of bf16, each exact in f32, the upper one first. Numbers too small to be normal count as 0. */
    static float pairs(float sum, int a, int b) {
        float upper = Math.fma(normal(f(a & 0xFFFF_0000)), normal(f(b & 0xFFFF_0000)), normal(sum));
        return normal(Math.fma(normal(f(a << 16)), normal(f(b << 16)), normal(upper)));
    }

    static float normal(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    /** To the nearest, ties to even; numbers too small to be normal are 0. */
    private static int bf16(int bits) {
        float value = normal(f(bits));
        if (Float.isNaN(value)) {
            return bits >>> 16 | 0x40;
        }
        int rounded = bits(value);
        return (rounded + 0x7FFF + (rounded >>> 16 & 1)) >>> 16;
    }

    static int fourProducts(int signed, int unsigned) {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            sum += (byte) (signed >>> shift) * (unsigned >>> shift & 0xFF);
        }
        return sum;
    }

    private void words(List<MachineOperand> o, Lane lane) {
        lanewise(o, i -> (lane.at(2 * i) & 0xFFFF) | (lane.at(2 * i + 1) << 16));
    }

    private void bytes(List<MachineOperand> o, Lane lane) {
        words(o, i -> (lane.at(2 * i) & 0xFF) | ((lane.at(2 * i + 1) & 0xFF) << 8));
    }

    private interface Quad {
        long at(int i);
    }

    private void quads(List<MachineOperand> o, Quad quad) {
        lanewise(o, i -> (int) (quad.at(i / 2) >>> (32 * (i % 2))));
    }

    private static long quad(int[] vector, int i) {
        return ((long) vector[2 * i + 1] << 32) | (vector[2 * i] & 0xFFFF_FFFFL);
    }

    private static int word(int[] vector, int i) {
        return vector[i / 2] >>> (16 * (i % 2)) & 0xFFFF;
    }

    private static int byteAt(int[] vector, int i) {
        return vector[i / 4] >>> (8 * (i % 4)) & 0xFF;
    }

    private static int vector(MachineOperand operand) {
        return switch (operand) {
            case Zmm z -> z.number();
            case Ymm y -> y.number();
            case Masked m -> m.vector().number();
            default -> throw new AssertionError(operand);
        };
    }

    private int[] lanes(MachineOperand operand) {
        if (!(operand instanceof Address from)) {
            return vectors[vector(operand)].clone();
        }
        int[] all = new int[16];
        long at = address(from);
        for (int i = 0; i < 16; i++) {
            all[i] = load(from.broadcast() ? at : at + i * 4L);
        }
        return all;
    }

    private void store(long at, int[] value) {
        check(at, Zmm.BYTES, true);
        MemorySegment.copy(value, 0, ALL, ValueLayout.JAVA_INT_UNALIGNED, at, 16);
    }

    int load(long at) {
        check(at, 4, false);
        return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, at);
    }

    private void storeWord(long at, int value) {
        check(at, 2, true);
        ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) value);
    }

    private int loadWord(long at) {
        check(at, 2, false);
        return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xFFFF;
    }

    void store(long at, int value) {
        check(at, 4, true);
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
    }

    AssertionError fault(String what) {
        return new AssertionError(line + ": " + what);
    }

    private void set(long at, long value) {
        check(at, 8, true);
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
    }

    private void check(long at, long bytes, boolean writes) {
        if (touchesAnything) {
            return;
        }
        for (Region each : regions) {
            if (at >= each.from && at + bytes <= each.to && (each.written || !writes)) {
                return;
            }
        }
        throw new AssertionError(line + (writes ? " writes" : " reads") + " beyond its buffers, at " + at);
    }

    long address(Address a) {
        if (a.label() != null) {
            return constants.get(a.label().name());
        }
        long index = a.index() == null ? 0 : general[a.index().number()] * a.scale();
        return general[a.base().number()] + index + a.displacement();
    }

    private long number(MachineOperand operand) {
        return switch (operand) {
            case Gpr g -> general[g.number()];
            case Immediate i -> i.value();
            case Address a -> {
                check(address(a), 8, false);
                yield ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address(a));
            }
            default -> throw new AssertionError(operand);
        };
    }

    private void general(List<MachineOperand> o, long value) {
        general[((Gpr) o.getFirst()).number()] = value;
    }

    private void sum(List<MachineOperand> o, long value) {
        flags(value == 0, value < 0);
        general(o, value);
    }

    private void compare(List<MachineOperand> o) {
        long a = number(o.getFirst());
        long b = number(o.getLast());
        flags(a == b, a < b);
    }

    private void flags(boolean isZero, boolean isLess) {
        hasFlags = true;
        zero = isZero;
        less = isLess;
    }

    private void push(long value) {
        general[Gpr.RSP.number()] -= 8;
        set(general[Gpr.RSP.number()], value);
    }

    private long pop() {
        long at = general[Gpr.RSP.number()];
        general[Gpr.RSP.number()] += 8;
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    }

    static float f(int bits) {
        return Float.intBitsToFloat(bits);
    }

    static int bits(float value) {
        return Float.floatToRawIntBits(value);
    }

    private static int bits(int integer) {
        return Float.floatToRawIntBits((float) integer);
    }
}

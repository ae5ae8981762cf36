package dev.errata.kernels.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each form of an instruction against what it means in plain Java, mostly with numbers of any length. */
class InstructionFormsTest {
    private static final int THREADS = 512;

    /** What an instruction computes of the bits of its inputs. */
    interface Meaning {
        long of(long a, long b, long c, long e);
    }

    record Form(String body, String result, String inputs, Meaning meaning) {
        @Override
        public String toString() {
            return body.replaceAll("\\s+", " ");
        }
    }

    private static Form form(String body, String result, String inputs, Meaning meaning) {
        return new Form(body, result, inputs, meaning);
    }

    private static final BigInteger ONE = BigInteger.ONE;

    private static BigInteger signed(long bits, int width) {
        return BigInteger.valueOf(bits << (64 - width) >> (64 - width));
    }

    private static BigInteger unsigned(long bits, int width) {
        return new BigInteger(Long.toUnsignedString(low(bits, width)));
    }

    private static BigInteger number(long bits, String type) {
        int width = Integer.parseInt(type.substring(1));
        return type.startsWith("s") ? signed(bits, width) : unsigned(bits, width);
    }

    private static long low(long bits, int width) {
        return width == 64 ? bits : bits & ((1L << width) - 1);
    }

    private static long low(BigInteger value, int width) {
        return low(value.longValue(), width);
    }

    private static BigInteger clamp(BigInteger x, String type) {
        int width = Integer.parseInt(type.substring(1));
        boolean sign = type.startsWith("s");
        BigInteger top = ONE.shiftLeft(sign ? width - 1 : width).subtract(ONE);
        BigInteger bottom = sign ? ONE.shiftLeft(width - 1).negate() : BigInteger.ZERO;
        return x.min(top).max(bottom);
    }

    private static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    private static double d(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long bits(float x) {
        return Integer.toUnsignedLong(Float.floatToRawIntBits(x));
    }

    private static long bits(double x) {
        return Double.doubleToRawLongBits(x);
    }

    static Stream<Form> integers() {
        List<Form> forms = new ArrayList<>();
        for (String t : List.of("s16", "u16", "s32", "u32", "s64", "u64")) {
            int w = Integer.parseInt(t.substring(1));
            String two = t + " " + t;
            forms.add(form("add." + t + " %x, %a, %b;", t, two, (a, b, c, e) -> low(a + b, w)));
            forms.add(form("sub." + t + " %x, %a, %b;", t, two, (a, b, c, e) -> low(a - b, w)));
            forms.add(form("mul.lo." + t + " %x, %a, %b;", t, two, (a, b, c, e) -> low(a * b, w)));
            forms.add(form(
                    "mul.hi." + t + " %x, %a, %b;",
                    t,
                    two,
                    (a, b, c, e) -> low(number(a, t).multiply(number(b, t)).shiftRight(w), w)));
            forms.add(form("mad.lo." + t + " %x, %a, %b, %c;", t, two + " " + t, (a, b, c, e) -> low(a * b + c, w)));
            forms.add(form(
                    "mad.hi." + t + " %x, %a, %b, %c;",
                    t,
                    two + " " + t,
                    (a, b, c, e) -> low(
                            number(a, t).multiply(number(b, t)).shiftRight(w).longValue() + c, w)));
            forms.add(form(
                    "min." + t + " %x, %a, %b;",
                    t,
                    two,
                    (a, b, c, e) -> low(number(a, t).min(number(b, t)), w)));
            forms.add(form(
                    "max." + t + " %x, %a, %b;",
                    t,
                    two,
                    (a, b, c, e) -> low(number(a, t).max(number(b, t)), w)));
            forms.add(form(
                    "sad." + t + " %x, %a, %b, %c;",
                    t,
                    two + " " + t,
                    (a, b, c, e) ->
                            low(number(a, t).subtract(number(b, t)).abs().longValue() + c, w)));
            forms.add(form(
                    "or.b" + w + " %x, %b, 1; div." + t + " %x, %a, %x;",
                    t,
                    two,
                    (a, b, c, e) -> low(number(a, t).divide(number(b | 1, t)), w)));
            forms.add(form(
                    "or.b" + w + " %x, %b, 1; rem." + t + " %x, %a, %x;",
                    t,
                    two,
                    (a, b, c, e) -> low(number(a, t).remainder(number(b | 1, t)), w)));
            forms.add(form("shr." + t + " %x, %a, %b;", t, t + " u32", (a, b, c, e) -> {
                int by = (int) Math.min(low(b, 32), w);
                return low(number(a, t).shiftRight(by), w);
            }));
            for (String order : List.of("eq", "ne", "lt", "le", "gt", "ge")) {
                forms.add(form(
                        "setp." + order + "." + t + " %p, %a, %b; selp.u32 %x, 1, 0, %p;", "u32", two, (a, b, c, e) -> {
                            int sign = number(a, t).compareTo(number(b, t));
                            return holds(order, sign) ? 1 : 0;
                        }));
            }
            if (w < 64) {
                String wide = t.substring(0, 1) + 2 * w;
                forms.add(form(
                        "mul.wide." + t + " %x, %a, %b;",
                        wide,
                        two,
                        (a, b, c, e) -> low(number(a, t).multiply(number(b, t)), 2 * w)));
                forms.add(form(
                        "mad.wide." + t + " %x, %a, %b, %c;",
                        wide,
                        two + " " + wide,
                        (a, b, c, e) -> low(number(a, t).multiply(number(b, t)).longValue() + c, 2 * w)));
            }
            if (t.startsWith("s")) {
                forms.add(form(
                        "abs." + t + " %x, %a;",
                        t,
                        t,
                        (a, b, c, e) -> low(number(a, t).abs(), w)));
                forms.add(form("neg." + t + " %x, %a;", t, t, (a, b, c, e) -> low(-a, w)));
            }
            for (String to : List.of("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64")) {
                int v = Math.max(16, Integer.parseInt(to.substring(1)));
                forms.add(form(
                        "cvt." + to + "." + t + " %x, %a;",
                        to,
                        t,
                        (a, b, c, e) -> low(number(number(a, t).longValue(), to), v)));
                forms.add(form(
                        "cvt.sat." + to + "." + t + " %x, %a;",
                        to,
                        t,
                        (a, b, c, e) -> low(clamp(number(a, t), to), v)));
            }
        }
        forms.add(form(
                "add.sat.s32 %x, %a, %b;",
                "s32", "s32 s32", (a, b, c, e) -> low(clamp(number(a, "s32").add(number(b, "s32")), "s32"), 32)));
        forms.add(form(
                "sub.sat.s32 %x, %a, %b;",
                "s32", "s32 s32", (a, b, c, e) -> low(clamp(number(a, "s32").subtract(number(b, "s32")), "s32"), 32)));
        forms.add(form(
                "mul24.lo.u32 %x, %a, %b;",
                "u32", "u32 u32", (a, b, c, e) -> low((a & 0xFFFFFF) * (b & 0xFFFFFF), 32)));
        forms.add(form(
                "setp.lt.and.s32 %p|%q, %a, %b, 1; selp.u32 %t0, 1, 0, %p; selp.u32 %t1, 2, 0, %q; or.b32 %x, %t0, %t1;",
                "u32", "s32 s32", (a, b, c, e) -> (int) a < (int) b ? 1 : 2));
        forms.add(form(
                "set.gt.u32.s32 %x, %a, %b;", "u32", "s32 s32", (a, b, c, e) -> (int) a > (int) b ? 0xFFFFFFFFL : 0));
        forms.add(form(
                "slct.s32.s32 %x, %a, %b, %c;", "s32", "s32 s32 s32", (a, b, c, e) -> low((int) c >= 0 ? a : b, 32)));
        forms.add(form(
                "dp4a.s32.u32 %x, %a, %b, %c;",
                "s32", "s32 u32 s32", (a, b, c, e) -> {
                    long sum = c;
                    for (int i = 0; i < 32; i += 8) {
                        sum += (byte) (a >> i) * (b >> i & 0xFF);
                    }
                    return low(sum, 32);
                }));
        // A 128-bit sum, difference and product by carries.
        forms.add(form(
                "add.cc.u64 %u0, %a, %b; addc.u64 %x, %c, %e;",
                "u64",
                "u64 u64 u64 u64",
                (a, b, c, e) -> low(wide(a, c).add(wide(b, e)).shiftRight(64), 64)));
        forms.add(form(
                "sub.cc.u32 %t0, %a, %b; subc.u32 %x, %c, %e;",
                "u32",
                "u32 u32 u32 u32",
                (a, b, c, e) -> low(low(c, 32) - low(e, 32) - (low(a, 32) < low(b, 32) ? 1 : 0), 32)));
        forms.add(form(
                "mad.lo.cc.u32 %t0, %a, %b, %c; madc.hi.u32 %x, %a, %b, %e;",
                "u32",
                "u32 u32 u32 u32",
                (a, b, c, e) -> low((low(a, 32) * low(b, 32) + (low(e, 32) << 32 | low(c, 32))) >>> 32, 32)));
        return forms.stream();
    }

    private static BigInteger wide(long low, long high) {
        return unsigned(high, 64).shiftLeft(64).add(unsigned(low, 64));
    }

    private static boolean holds(String order, int sign) {
        return switch (order) {
            case "eq" -> sign == 0;
            case "ne" -> sign != 0;
            case "lt" -> sign < 0;
            case "le" -> sign <= 0;
            case "gt" -> sign > 0;
            default -> sign >= 0;
        };
    }

    static Stream<Form> bits() {
        List<Form> forms = new ArrayList<>();
        for (int w : new int[] {16, 32, 64}) {
            String t = "b" + w;
            forms.add(form("and." + t + " %x, %a, %b;", t, t + " " + t, (a, b, c, e) -> low(a & b, w)));
            forms.add(form("xor." + t + " %x, %a, %b;", t, t + " " + t, (a, b, c, e) -> low(a ^ b, w)));
            forms.add(form("not." + t + " %x, %a;", t, t, (a, b, c, e) -> low(~a, w)));
            forms.add(form("cnot." + t + " %x, %a;", t, t, (a, b, c, e) -> low(a, w) == 0 ? 1 : 0));
            forms.add(form(
                    "shl." + t + " %x, %a, %b;", t, t + " u32", (a, b, c, e) -> low(b, 32) >= w ? 0 : low(a << b, w)));
        }
        for (int w : new int[] {32, 64}) {
            String t = "b" + w;
            forms.add(form("brev." + t + " %x, %a;", t, t, (a, b, c, e) -> {
                long r = 0;
                for (int i = 0; i < w; i++) {
                    r |= (a >>> i & 1) << (w - 1 - i);
                }
                return r;
            }));
            forms.add(form(
                    "popc." + t + " %x, %a;",
                    "u32",
                    t,
                    (a, b, c, e) -> unsigned(a, w).bitCount()));
            forms.add(form(
                    "clz." + t + " %x, %a;",
                    "u32",
                    t,
                    (a, b, c, e) -> w - unsigned(a, w).bitLength()));
            forms.add(form(
                    "bfind.u" + w + " %x, %a;",
                    "u32",
                    t,
                    (a, b, c, e) -> low(unsigned(a, w).bitLength() - 1, 32)));
            forms.add(form(
                    "bfind.s" + w + " %x, %a;",
                    "u32",
                    t,
                    (a, b, c, e) -> low(signed(a, w).bitLength() - 1, 32)));
            for (String kind : List.of("u", "s")) {
                forms.add(form(
                        "and.b32 %t0, %b, 63; and.b32 %t1, %c, 63; bfe." + kind + w + " %x, %a, %t0, %t1;",
                        t,
                        t + " u32 u32",
                        (a, b, c, e) -> {
                            int from = (int) b & 63;
                            int count = (int) c & 63;
                            // As PTX writes it: bit i of the result is bit from + i up to the top, the sign above.
                            int top = Math.min(from + count - 1, w - 1);
                            long sign = kind.equals("u") || count == 0 ? 0 : low(a, w) >>> top & 1;
                            long r = 0;
                            for (int i = 0; i < w; i++) {
                                long bit = i < count && from + i < w ? low(a, w) >>> (from + i) & 1 : sign;
                                r |= bit << i;
                            }
                            return r;
                        }));
            }
            forms.add(form(
                    "and.b32 %t0, %c, 63; and.b32 %t1, %e, 63; bfi." + t + " %x, %a, %b, %t0, %t1;",
                    t,
                    t + " " + t + " u32 u32",
                    (a, b, c, e) -> {
                        int from = (int) c & 63;
                        long r = low(b, w);
                        for (int i = 0; i < ((int) e & 63) && from + i < w; i++) {
                            r = (r & ~(1L << (from + i))) | (a >>> i & 1) << (from + i);
                        }
                        return r;
                    }));
        }
        for (int table : new int[] {0x96, 0xE8, 0xCA, 0x01}) {
            forms.add(form("lop3.b32 %x, %a, %b, %c, " + table + ";", "b32", "b32 b32 b32", (a, b, c, e) -> {
                long r = 0;
                for (int i = 0; i < 32; i++) {
                    int index = (int) (4 * (a >>> i & 1) + 2 * (b >>> i & 1) + (c >>> i & 1));
                    r |= (long) (table >>> index & 1) << i;
                }
                return r;
            }));
        }
        forms.add(form(
                "shf.l.wrap.b32 %x, %a, %b, %c;",
                "b32",
                "b32 b32 b32",
                (a, b, c, e) -> low(
                        unsigned(b, 32)
                                .shiftLeft(32)
                                .or(unsigned(a, 32))
                                .shiftLeft((int) c & 31)
                                .shiftRight(32),
                        32)));
        forms.add(form(
                "shf.r.clamp.b32 %x, %a, %b, %c;",
                "b32",
                "b32 b32 b32",
                (a, b, c, e) -> low(
                        unsigned(b, 32).shiftLeft(32).or(unsigned(a, 32)).shiftRight((int) Math.min(low(c, 32), 32)),
                        32)));
        forms.add(form(
                "prmt.b32 %x, %a, %b, %c;",
                "b32", "b32 b32 b32", (a, b, c, e) -> {
                    byte[] bytes = new byte[8];
                    for (int i = 0; i < 4; i++) {
                        bytes[i] = (byte) (a >>> (8 * i));
                        bytes[4 + i] = (byte) (b >>> (8 * i));
                    }
                    long r = 0;
                    for (int i = 0; i < 4; i++) {
                        int nibble = (int) (c >>> (4 * i)) & 15;
                        int value = nibble < 8 ? bytes[nibble] : bytes[nibble - 8] < 0 ? 0xFF : 0;
                        r |= (value & 0xFFL) << (8 * i);
                    }
                    return r;
                }));
        forms.add(form(
                "mov.b64 %u0, {%a, %b}; mov.b64 {%t0, %t1}, %u0; mov.b32 %x, %t1;",
                "b32", "b32 b32", (a, b, c, e) -> low(b, 32)));
        forms.add(form(
                "mov.b32 {%h0, %h1}, %a; mov.b32 %x, {%h1, %h0};",
                "b32", "b32", (a, b, c, e) -> low((a >>> 16 & 0xFFFF) | (a << 16), 32)));
        return forms.stream();
    }

    /** The float that an exact number rounds to. */
    private static float rounded(BigDecimal exact, RoundingMode mode) {
        float nearest = exact.floatValue();
        if (Float.isInfinite(nearest)) {
            boolean inward = mode == RoundingMode.DOWN
                    || mode == (exact.signum() > 0 ? RoundingMode.FLOOR : RoundingMode.CEILING);
            return inward ? Math.copySign(Float.MAX_VALUE, nearest) : nearest;
        }
        int side = exact.compareTo(new BigDecimal(nearest));
        boolean down = mode == RoundingMode.FLOOR || (mode == RoundingMode.DOWN && exact.signum() > 0);
        boolean up = mode == RoundingMode.CEILING || (mode == RoundingMode.DOWN && exact.signum() < 0);
        return down && side < 0 ? Math.nextDown(nearest) : up && side > 0 ? Math.nextUp(nearest) : nearest;
    }

    private static boolean finite(float... x) {
        for (float v : x) {
            if (!Float.isFinite(v)) {
                return false;
            }
        }
        return true;
    }

    /** IEEE 754: a sum that is exactly zero is -0 when rounding down, unless both are +0. */
    private static float zeroSum(float a, float b, RoundingMode mode) {
        boolean bothPositive = Float.floatToRawIntBits(a) == 0 && Float.floatToRawIntBits(b) == 0;
        return mode == RoundingMode.FLOOR && !bothPositive ? -0f : a + b;
    }

    private static BigDecimal big(float x) {
        return new BigDecimal(x);
    }

    static Stream<Form> floats() {
        List<Form> forms = new ArrayList<>();
        for (String mode : List.of("rn", "rz", "rm", "rp")) {
            RoundingMode rounding = switch (mode) {
                case "rn" -> RoundingMode.HALF_EVEN;
                case "rz" -> RoundingMode.DOWN;
                case "rm" -> RoundingMode.FLOOR;
                default -> RoundingMode.CEILING;
            };
            forms.add(form(
                    "add." + mode + ".f32 %x, %a, %b;",
                    "f32",
                    "f32 f32",
                    (a, b, c, e) -> bits(
                            !finite(f(a), f(b))
                                    ? f(a) + f(b)
                                    : f(a) + f(b) == 0
                                            ? zeroSum(f(a), f(b), rounding)
                                            : rounded(big(f(a)).add(big(f(b))), rounding))));
            forms.add(form(
                    "mul." + mode + ".f32 %x, %a, %b;",
                    "f32",
                    "f32 f32",
                    (a, b, c, e) -> bits(
                            finite(f(a), f(b)) && f(a) != 0 && f(b) != 0
                                    ? rounded(big(f(a)).multiply(big(f(b))), rounding)
                                    : f(a) * f(b))));
            forms.add(form("fma." + mode + ".f32 %x, %a, %b, %c;", "f32", "f32 f32 f32", (a, b, c, e) -> {
                if (!finite(f(a), f(b), f(c))) {
                    return bits(Math.fma(f(a), f(b), f(c)));
                }
                BigDecimal exact = big(f(a)).multiply(big(f(b))).add(big(f(c)));
                return bits(exact.signum() == 0 ? zeroSum(f(a) * f(b), f(c), rounding) : rounded(exact, rounding));
            }));
            forms.add(form(
                    "div." + mode + ".f32 %x, %a, %b;",
                    "f32",
                    "f32 f32",
                    (a, b, c, e) -> bits(
                            finite(f(a), f(b)) && f(b) != 0 && f(a) != 0
                                    ? rounded(big(f(a)).divide(big(f(b)), new MathContext(200)), rounding)
                                    : f(a) / f(b))));
            forms.add(form(
                    "sqrt." + mode + ".f32 %x, %a;",
                    "f32",
                    "f32",
                    (a, b, c, e) -> bits(
                            finite(f(a)) && f(a) > 0
                                    ? rounded(big(f(a)).sqrt(new MathContext(100)), rounding)
                                    : (float) Math.sqrt(f(a)))));
            forms.add(form(
                    "cvt." + mode + ".f32.f64 %x, %a;",
                    "f32",
                    "f64",
                    (a, b, c, e) -> bits(
                            Double.isFinite(d(a)) && d(a) != 0
                                    ? rounded(new BigDecimal(d(a)), rounding)
                                    : (float) d(a))));
            forms.add(form(
                    "cvt." + mode + ".f32.s64 %x, %a;",
                    "f32",
                    "s64",
                    (a, b, c, e) -> bits(a == 0 ? 0f : rounded(new BigDecimal(a), rounding))));
            forms.add(form(
                    "cvt." + mode + ".f32.u32 %x, %a;",
                    "f32",
                    "u32",
                    (a, b, c, e) -> bits(low(a, 32) == 0 ? 0f : rounded(new BigDecimal(low(a, 32)), rounding))));
        }
        forms.add(form("add.f64 %x, %a, %b;", "f64", "f64 f64", (a, b, c, e) -> bits(d(a) + d(b))));
        forms.add(form("mul.rn.f64 %x, %a, %b;", "f64", "f64 f64", (a, b, c, e) -> bits(d(a) * d(b))));
        forms.add(form(
                "fma.rn.f64 %x, %a, %b, %c;", "f64", "f64 f64 f64", (a, b, c, e) -> bits(Math.fma(d(a), d(b), d(c)))));
        forms.add(form("div.rn.f64 %x, %a, %b;", "f64", "f64 f64", (a, b, c, e) -> bits(d(a) / d(b))));
        forms.add(form("cvt.f64.f32 %x, %a;", "f64", "f32", (a, b, c, e) -> bits((double) f(a))));
        forms.add(form(
                "min.f32 %x, %a, %b;",
                "f32",
                "f32 f32",
                (a, b, c, e) -> bits(Float.isNaN(f(a)) ? f(b) : Float.isNaN(f(b)) ? f(a) : Math.min(f(a), f(b)))));
        forms.add(form("max.NaN.f32 %x, %a, %b;", "f32", "f32 f32", (a, b, c, e) -> bits(Math.max(f(a), f(b)))));
        forms.add(form("abs.f32 %x, %a;", "f32", "f32", (a, b, c, e) -> bits(Math.abs(f(a)))));
        forms.add(form("neg.f32 %x, %a;", "f32", "f32", (a, b, c, e) -> bits(-f(a))));
        forms.add(form("copysign.f32 %x, %a, %b;", "f32", "f32 f32", (a, b, c, e) -> bits(Math.copySign(f(b), f(a)))));
        forms.add(form(
                "add.sat.f32 %x, %a, %b;",
                "f32", "f32 f32", (a, b, c, e) -> {
                    float s = f(a) + f(b);
                    return bits(s > 0 ? Math.min(s, 1f) : 0f);
                }));
        forms.add(form("add.ftz.f32 %x, %a, %b;", "f32", "f32 f32", (a, b, c, e) -> bits(ftz(ftz(f(a)) + ftz(f(b))))));
        for (String order :
                List.of("eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan")) {
            forms.add(form(
                    "setp." + order + ".f32 %p, %a, %b; selp.u32 %x, 1, 0, %p;", "u32", "f32 f32", (a, b, c, e) -> {
                        boolean unordered = Float.isNaN(f(a)) || Float.isNaN(f(b));
                        boolean holds = switch (order) {
                            case "num" -> !unordered;
                            case "nan" -> unordered;
                            default ->
                                unordered
                                        ? order.endsWith("u")
                                        : holds(order.substring(0, 2), f(a) < f(b) ? -1 : f(a) > f(b) ? 1 : 0);
                        };
                        return holds ? 1 : 0;
                    }));
        }
        for (String mode : List.of("rni", "rzi", "rmi", "rpi")) {
            for (String to : List.of("s32", "u32", "s64", "u64")) {
                forms.add(form("cvt." + mode + "." + to + ".f32 %x, %a;", to, "f32", (a, b, c, e) -> {
                    float x = f(a);
                    int w = Integer.parseInt(to.substring(1));
                    if (Float.isNaN(x)) {
                        return w == 64 ? Long.MIN_VALUE : 0;
                    }
                    if (Float.isInfinite(x)) {
                        return low(clamp(ONE.shiftLeft(70).multiply(BigInteger.valueOf(x > 0 ? 1 : -1)), to), w);
                    }
                    RoundingMode rounding = switch (mode) {
                        case "rni" -> RoundingMode.HALF_EVEN;
                        case "rzi" -> RoundingMode.DOWN;
                        case "rmi" -> RoundingMode.FLOOR;
                        default -> RoundingMode.CEILING;
                    };
                    return low(clamp(big(x).setScale(0, rounding).toBigInteger(), to), w);
                }));
            }
        }
        return forms.stream();
    }

    private static float ftz(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    private static float h(long bits) {
        return Float.float16ToFloat((short) bits);
    }

    private static float bf(long bits) {
        return Float.intBitsToFloat((int) bits << 16);
    }

    /** The f16 or bf16 nearest to an exact number, found among the two neighbours of its first guess. */
    private static long nearest(double exact, boolean isF16) {
        if (Double.isNaN(exact)) {
            return 0x7FFF;
        }
        return isF16 ? Float.floatToFloat16((float) exact) & 0xFFFFL : bf16((float) exact);
    }

    private static long bf16(float x) {
        int i = Float.floatToRawIntBits(x);
        return (i + 0x7FFF + (i >>> 16 & 1)) >>> 16 & 0xFFFFL;
    }

    static Stream<Form> halves() {
        List<Form> forms = new ArrayList<>();
        for (boolean isF16 : new boolean[] {true, false}) {
            String t = isF16 ? "f16" : "bf16";
            forms.add(form("cvt.rn." + t + ".f32 %x, %a;", t, "f32", (a, b, c, e) -> nearest(f(a), isF16)));
            forms.add(form("cvt.f32." + t + " %x, %a;", "f32", t, (a, b, c, e) -> bits(isF16 ? h(a) : bf(a))));
            forms.add(form(
                    "cvt.rn." + t + "x2.f32 %x, %a, %b;",
                    "b32",
                    "f32 f32",
                    (a, b, c, e) -> nearest(f(a), isF16) << 16 | nearest(f(b), isF16)));
            forms.add(form("neg." + t + " %x, %a;", t, t, (a, b, c, e) -> low(a ^ 0x8000, 16)));
            forms.add(form(
                    "mul.rn." + t + " %x, %a, %b;",
                    t,
                    t + " " + t,
                    (a, b, c, e) -> nearest(isF16 ? (double) h(a) * h(b) : (double) bf(a) * bf(b), isF16)));
            forms.add(form(
                    "mul.rn." + t + "x2 %x, %a, %b;",
                    t + "x2",
                    t + "x2 " + t + "x2",
                    (a, b, c, e) -> nearest(isF16 ? (double) h(a) * h(b) : (double) bf(a) * bf(b), isF16)
                            | nearest(
                                            isF16
                                                    ? (double) h(a >> 16) * h(b >> 16)
                                                    : (double) bf(a >> 16) * bf(b >> 16),
                                            isF16)
                                    << 16));
            forms.add(form("max." + t + " %x, %a, %b;", t, t + " " + t, (a, b, c, e) -> {
                float x = isF16 ? h(a) : bf(a);
                float y = isF16 ? h(b) : bf(b);
                return nearest(Float.isNaN(x) ? y : Float.isNaN(y) ? x : Math.max(x, y), isF16);
            }));
            forms.add(form(
                    "setp.lt." + t + " %p, %a, %b; selp.u32 %x, 1, 0, %p;",
                    "u32",
                    t + " " + t,
                    (a, b, c, e) -> (isF16 ? h(a) < h(b) : bf(a) < bf(b)) ? 1 : 0));
        }
        forms.add(form(
                "add.rn.f16 %x, %a, %b;", "f16", "f16 f16", (a, b, c, e) -> nearest((double) h(a) + h(b), true)));
        return forms.stream();
    }

    static Stream<Form> all() {
        return Stream.of(integers(), bits(), floats(), halves()).flatMap(s -> s);
    }

    private static final long[] EDGES = {
        0,
        1,
        2,
        3,
        7,
        8,
        15,
        16,
        31,
        32,
        33,
        63,
        64,
        127,
        128,
        255,
        256,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x7FFF_FFFFL,
        0x8000_0000L,
        0xFFFF_FFFFL,
        0x1_0000_0000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -128
    };

    private static final double[] REALS = {
        0,
        -0.0,
        1,
        -1,
        0.5,
        1.5,
        2.5,
        -2.5,
        0.1,
        -0.3,
        3.4e38,
        -3.4e38,
        1e-38,
        1e-45,
        -1e-42,
        65504,
        65520,
        1e9,
        4294967040.0,
        2147483648.0,
        -2147483648.0,
        9.3e18,
        1.9e19,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        1 + 0x1p-8,
        1 + 0x1p-9,
        1 + 0x3p-9,
        6.1e-5,
        5.9e-8
    };

    private static long input(String type, Random random) {
        boolean edge = random.nextInt(3) > 0;
        if (type.startsWith("f") || type.startsWith("bf")) {
            double x = edge
                    ? REALS[random.nextInt(REALS.length)]
                    : (random.nextDouble() * 2 - 1) * Math.scalb(1.0, random.nextInt(40) - 20);
            return switch (type) {
                case "f64" -> bits(x);
                case "f32" -> bits((float) x);
                case "f16" -> nearest(x, true);
                case "bf16" -> nearest(x, false);
                default ->
                    nearest(x, type.startsWith("f16")) | nearest(random.nextGaussian(), type.startsWith("f16")) << 16;
            };
        }
        int width = Integer.parseInt(type.substring(1));
        return low(edge ? EDGES[random.nextInt(EDGES.length)] : random.nextLong(), width);
    }

    @ParameterizedTest
    @MethodSource("all")
    void means(Form form) {
        Random random = new Random(form.body.hashCode());
        String[] types = form.inputs.split(" ");
        long[] inputs = new long[4 * THREADS];
        for (int i = 0; i < THREADS; i++) {
            for (int k = 0; k < types.length; k++) {
                inputs[4 * i + k] = input(types[k], random);
            }
        }
        long[] results = new Snippet(form.result, form.inputs, form.body).run(inputs);
        for (int i = 0; i < THREADS; i++) {
            long wanted = form.meaning.of(inputs[4 * i], inputs[4 * i + 1], inputs[4 * i + 2], inputs[4 * i + 3]);
            if (isNan(form.result, wanted) && isNan(form.result, results[i])) {
                continue;
            }
            assertThat(Long.toHexString(results[i]))
                    .as("of %x, %x, %x, %x", inputs[4 * i], inputs[4 * i + 1], inputs[4 * i + 2], inputs[4 * i + 3])
                    .isEqualTo(Long.toHexString(wanted));
        }
    }

    private static boolean isNan(String type, long bits) {
        return switch (type) {
            case "f64" -> Double.isNaN(d(bits));
            case "f32" -> Float.isNaN(f(bits));
            case "f16" -> Float.isNaN(h(bits));
            case "bf16" -> Float.isNaN(bf(bits));
            default -> false;
        };
    }
}

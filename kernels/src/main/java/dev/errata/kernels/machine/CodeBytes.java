package dev.errata.kernels.machine;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The bytes of a listing while they are written: prefixes, operands, and distances to labels that come later. */
final class CodeBytes {
    private static final int TRAP = 0xCC;
    private static final int NO_INDEX = 4;
    private static final int WITH_INDEX = 4;
    /** Without a displacement the numbers of rbp and r13 mean another address. */
    private static final int NEEDS_DISPLACEMENT = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<String, Integer> labels = new HashMap<>();
    private final List<Distance> distances = new ArrayList<>();

    /**
     * @param at where its 4 bytes lie
     * @param from what it is counted from, the end of its instruction
     */
    private record Distance(Label to, int at, int from) {}

    int size() {
        return bytes.size();
    }

    void put(int value) {
        bytes.write(value);
    }

    void putInt(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            put(value >>> shift);
        }
    }

    void put(byte[] constant) {
        bytes.writeBytes(constant);
    }

    /** The label is here. */
    void bind(Label label) {
        if (labels.put(label.name(), size()) != null) {
            throw new IllegalArgumentException("two labels are called " + label);
        }
    }

    /** Goes to the next cache line; what lies between stops a processor that runs into it. */
    void align() {
        while (size() % Zmm.BYTES != 0) {
            put(TRAP);
        }
    }

    /** The distance to a label from the end of the instruction, which has so many further bytes. */
    void putDistance(Label label, int further) {
        distances.add(new Distance(label, size(), size() + Integer.BYTES + further));
        putInt(0);
    }

    byte[] finish() {
        ByteBuffer all = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        for (Distance each : distances) {
            Integer to = labels.get(each.to.name());
            if (to == null) {
                throw new IllegalArgumentException("nothing is called " + each.to);
            }
            all.putInt(each.at, to - each.from);
        }
        return all.array();
    }

    /** An instruction on 64-bit registers: prefix REX.W, opcode, operands. */
    void general(int opcode, int register, MachineOperand other) {
        put(0x48 | register >> 3 << 2 | rex(other));
        put(opcode);
        operands(register, other, 1, 0);
    }

    /** An opcode of two bytes and memory. */
    void legacy(int opcode, int digit, Address memory) {
        int rex = rex(memory);
        if (rex != 0) {
            put(0x40 | rex);
        }
        put(opcode >>> 8);
        put(opcode);
        operands(digit, memory, 1, 0);
    }

    private static int rex(MachineOperand other) {
        return switch (other) {
            case Gpr g -> g.number() >> 3;
            case Address a -> high(a.index()) << 1 | high(a.base());
            default -> 0;
        };
    }

    private static int high(Gpr register) {
        return register == null ? 0 : register.number() >> 3;
    }

    /** VEX of two bytes, or of three where the address needs one of the registers r8 to r15; opcode and operands. */
    void vexMask(int opcode, int mask, MachineOperand memory) {
        if (!(memory instanceof Address address) || address.base() == null) {
            throw new IllegalArgumentException("there is no form with " + memory);
        }
        if (high(address.index()) == 0 && high(address.base()) == 0) {
            put(0xC5);
            put(0xF8);
        } else {
            put(0xC4);
            put((~rex(memory) & 7) << 5 | Encoding.Map.M0F.number);
            put(0x78);
        }
        put(opcode);
        operands(mask, address, 1, 0);
    }

    /** VEX of three bytes; the arguments are bits as they are, which it holds inverted. */
    void vexPrefix(Encoding.Prefix prefix, int r, int x, int b, int second) {
        put(0xC4);
        put((~(r << 2 | x << 1 | b) & 7) << 5 | Encoding.Map.M0F38.number);
        put((~second & 15) << 3 | prefix.number);
    }

    void vex(Encoding.Prefix prefix, int opcode, int register, int second, MachineOperand memory, boolean strided) {
        if (!(memory instanceof Address address) || (strided && address.index() == null) || address.base() == null) {
            throw new IllegalArgumentException("there is no form with " + memory);
        }
        vexPrefix(prefix, register >> 3, high(address.index()), high(address.base()), second);
        put(opcode);
        operands(register & 7, address, 1, 0);
    }

    /** The same with what is written, all of it or the lanes of a mask. */
    void evex(Encoding.Evex form, int opcode, MachineOperand written, int second, MachineOperand other, int further) {
        switch (written) {
            case Zmm z -> evex(form, opcode, z.number(), second, other, further);
            case Masked(Zmm z, Opmask mask, boolean zeroes) ->
                evex(form, opcode, z.number(), second, other, further, mask.number() | (zeroes ? 0x80 : 0));
            default -> throw new IllegalArgumentException("there is no form with " + written);
        }
    }

    /**
     * EVEX, opcode and operands.
     *
     * @param further bytes of the instruction after its operands
     */
    void evex(Encoding.Evex form, int opcode, int register, int second, MachineOperand other, int further) {
        evex(form, opcode, register, second, other, further, 0);
    }

    private void evex(
            Encoding.Evex form, int opcode, int register, int second, MachineOperand other, int further, int mask) {
        boolean broadcast = other instanceof Address a && a.broadcast();
        int x = switch (other) {
            case Zmm z -> z.number() >> 4;
            case Ymm y -> y.number() >> 4;
            case Address a -> high(a.index());
            default -> throw new IllegalArgumentException("there is no form with " + other);
        };
        int b = switch (other) {
            case Zmm z -> z.number() >> 3 & 1;
            case Ymm y -> y.number() >> 3 & 1;
            case Address a -> high(a.base());
            default -> 0;
        };
        put(0x62);
        int extended = (register >> 3 & 1) << 3 | x << 2 | b << 1 | register >> 4;
        put((~extended & 15) << 4 | form.map().number);
        put(form.w() << 7 | (~second & 15) << 3 | 4 | form.prefix().number);
        put(2 << 5 | (broadcast ? 1 : 0) << 4 | (~(second >> 4) & 1) << 3 | mask);
        put(opcode);
        operands(register & 7, other, broadcast ? Integer.BYTES : form.memory(), further);
    }

    /**
     * ModRM, SIB and displacement.
     *
     * @param unit what a displacement of one byte counts in
     */
    private void operands(int register, MachineOperand other, int unit, int further) {
        int field = (register & 7) << 3;
        switch (other) {
            case Gpr g -> put(0xC0 | field | g.number() % 8);
            case Zmm z -> put(0xC0 | field | z.number() % 8);
            case Ymm y -> put(0xC0 | field | y.number() % 8);
            case Address a
            when a.label() != null -> {
                put(field | NEEDS_DISPLACEMENT);
                putDistance(a.label(), further);
            }
            case Address a -> memory(field, a, unit);
            default -> throw new IllegalArgumentException("there is no form with " + other);
        }
    }

    private void memory(int field, Address a, int unit) {
        int base = a.base().number() % 8;
        boolean sib = a.index() != null || base == WITH_INDEX;
        int scaled = a.displacement() / unit;
        boolean one = scaled * unit == a.displacement() && scaled == (byte) scaled;
        int mode = a.displacement() == 0 && base != NEEDS_DISPLACEMENT ? 0 : one ? 1 : 2;
        put(mode << 6 | field | (sib ? WITH_INDEX : base));
        if (sib) {
            int index = a.index() == null ? NO_INDEX : a.index().number() % 8;
            put(Integer.numberOfTrailingZeros(a.scale()) << 6 | index << 3 | base);
        }
        if (mode == 1) {
            put(scaled);
        } else if (mode == 2) {
            putInt(a.displacement());
        }
    }
}

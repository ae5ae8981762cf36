package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Instructions on this machine's processor, beside what {@link PlainProcessor} says they mean. */
class ExecutionTest {
    private static final int VECTOR_BYTES = Zmm.COUNT * Zmm.BYTES;
    private static final int BYTES = VECTOR_BYTES + 2 * Opmask.COUNT;
    private static final Set<Mnemonic> NEITHER_VECTORS_NOR_TILES = Set.of(
            Mnemonic.MOV,
            Mnemonic.LEA,
            Mnemonic.ADD,
            Mnemonic.SUB,
            Mnemonic.CMP,
            Mnemonic.SHL,
            Mnemonic.PUSH,
            Mnemonic.POP,
            Mnemonic.JMP,
            Mnemonic.JE,
            Mnemonic.JNE,
            Mnemonic.JL,
            Mnemonic.RET,
            Mnemonic.PREFETCHT0,
            Mnemonic.VZEROUPPER,
            Mnemonic.VPMOVDB,
            Mnemonic.VEXTRACTI32X4);

    @ParameterizedTest
    @EnumSource(Mnemonic.class)
    void vectorInstructionsDoWhatTheyMean(Mnemonic mnemonic) throws MachineCodeUnavailable {
        assumeTrue(!NEITHER_VECTORS_NOR_TILES.contains(mnemonic) && !isOfTiles(mnemonic), "has a test of its own");
        assumeTrue(isHere(mnemonic), "this processor has no " + mnemonic);
        Random random = new Random(mnemonic.name().hashCode());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(VECTOR_BYTES + 4096, 64);
            MemorySegment out = arena.allocate(BYTES, 64);
            MemorySegment expected = arena.allocate(BYTES, 64);
            List<MachineInstruction> forms = forms(mnemonic);
            assertThat(forms).isNotEmpty();
            for (MachineInstruction form : forms) {
                fill(in, mnemonic, random);
                MachineCode code = around(form);
                PlainProcessor plain = new PlainProcessor();
                plain.reads(in.address(), in.byteSize()).writes(expected.address(), BYTES);
                plain.call(code, in.address(), expected.address());
                try (ExecutableMemory memory = ExecutableMemory.of(List.of(code))) {
                    memory.routines().getFirst().call(in.address(), out.address(), 0, 0, 0, 0, 0, 0);
                }
                compare(form, out, expected);
            }
        }
    }

    /** What is only ever stored: nothing beside it is written. */
    @Test
    void storesOfLessThanAVectorDoWhatTheyMean() throws MachineCodeUnavailable {
        assumeTrue(isHere(Mnemonic.VPMOVDW), "this processor has no such stores");
        Random random = new Random(7);
        for (int which = 0; which < 6; which++) {
            Assembler a = new Assembler("a store");
            a.vmovups(new Zmm(21), Address.at(Gpr.RDI));
            switch (which) {
                case 4 -> a.vpmovdb(Address.at(Gpr.RSI, 4), new Zmm(21));
                case 5 -> a.vpmovdw(Address.at(Gpr.RSI, 4), new Zmm(21));
                default -> a.vextracti32x4(Address.at(Gpr.RSI, 4), new Zmm(21), which);
            }
            a.ret();
            MachineCode code = a.assemble();
            try (Arena arena = Arena.ofConfined();
                    ExecutableMemory memory = executable(code)) {
                MemorySegment in = arena.allocate(Zmm.BYTES, 64);
                MemorySegment out = arena.allocate(Zmm.BYTES, 64);
                MemorySegment meant = arena.allocate(Zmm.BYTES, 64);
                for (long i = 0; i < Zmm.BYTES; i += 4) {
                    in.set(ValueLayout.JAVA_INT, i, random.nextInt());
                    out.set(ValueLayout.JAVA_INT, i, random.nextInt());
                }
                meant.copyFrom(out);
                memory.routines().getFirst().call(in.address(), out.address(), 0, 0, 0, 0, 0, 0);
                new PlainProcessor()
                        .reads(in.address(), Zmm.BYTES)
                        .writes(meant.address(), Zmm.BYTES)
                        .call(code, in.address(), meant.address());
                assertThat(out.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(meant.toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    /** Sums in a loop, through the stack and through memory, with every register that a function must keep. */
    @Test
    void generalInstructionsDoWhatTheyMean() throws MachineCodeUnavailable {
        MachineCode code = sumOfSquares();
        try (Arena arena = Arena.ofConfined();
                ExecutableMemory memory = executable(code)) {
            MemorySegment out = arena.allocate(64, 64);
            for (int n = 1; n < 50; n++) {
                long[] arguments = {out.address(), n, 3, 4, 5, 6, 7, 1000 + n};
                PlainProcessor plain = new PlainProcessor().writes(out.address(), 64);
                plain.call(code, arguments);
                long meant = out.get(ValueLayout.JAVA_LONG, 8);
                out.fill((byte) 0);
                memory.routines().getFirst().call(out.address(), n, 3, 4, 5, 6, 7, 1000 + n);
                long sum = 0;
                for (int i = 1; i <= n; i++) {
                    sum += (long) i << 6;
                }
                assertThat(meant).isEqualTo(sum + 3 + 1000 + n);
                assertThat(out.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(meant);
            }
        }
    }

    private static MachineCode sumOfSquares() {
        Assembler a = new Assembler("sum");
        Gpr out = Gpr.RDI;
        Gpr count = Gpr.RSI;
        a.push(Gpr.RBX);
        a.push(Gpr.R12);
        a.mov(Gpr.R12, Address.at(Gpr.RSP, 32));
        Label nothing = a.label("nothing");
        a.lea(Gpr.RAX, Address.at(nothing));
        a.mov(Gpr.RAX, Address.at(Gpr.RAX));
        Label again = a.here("again");
        Label end = a.label("end");
        a.mov(Gpr.RBX, count);
        a.shl(Gpr.RBX, 6);
        a.add(Gpr.RAX, Gpr.RBX);
        a.sub(count, 1);
        a.je(end);
        a.cmp(count, 1000);
        a.jl(again);
        a.bind(end);
        a.lea(Gpr.RAX, Address.at(Gpr.RAX, Gpr.RDX, 1, 0));
        a.add(Gpr.RAX, Gpr.R12);
        a.mov(Address.at(out, 8), Gpr.RAX);
        a.pop(Gpr.R12);
        a.pop(Gpr.RBX);
        a.ret();
        a.constant(nothing, new byte[8]);
        return a.assemble();
    }

    private static ExecutableMemory executable(MachineCode code) throws MachineCodeUnavailable {
        boolean there;
        try {
            ProcessorUnits.look();
            there = true;
        } catch (MachineCodeUnavailable e) {
            there = false;
        }
        assumeTrue(there, "no machine code here");
        return ExecutableMemory.of(List.of(code));
    }

    /** All forms of registers, and of memory that lies in the first buffer. */
    private static List<MachineInstruction> forms(Mnemonic mnemonic) {
        List<MachineInstruction> forms = new ArrayList<>();
        for (MachineInstruction form : InstructionForms.of(mnemonic)) {
            List<MachineOperand> operands = form.operands();
            if (operands.stream().noneMatch(Address.class::isInstance)) {
                forms.add(form);
            } else if (operands.stream().anyMatch(o -> o instanceof Address a && a.base() == Gpr.RDI)) {
                boolean broadcast = operands.stream().anyMatch(o -> o instanceof Address a && a.broadcast());
                Address memory = Address.at(Gpr.RDI, Gpr.RDX, 4, 36);
                forms.add(new MachineInstruction(
                        mnemonic,
                        operands.stream()
                                .map(o -> o instanceof Address ? broadcast ? memory.repeated() : memory : o)
                                .toList()));
            }
        }
        // What is stored goes over what is read: the test's own loads and stores do that.
        forms.removeIf(form -> form.operands().getFirst() instanceof Address);
        return forms;
    }

    /** Loads all vectors and masks, does the instruction, stores all of them. */
    private static MachineCode around(MachineInstruction form) {
        Assembler a = new Assembler("around " + form);
        for (int i = 0; i < Zmm.COUNT; i++) {
            a.vmovups(new Zmm(i), Address.at(Gpr.RDI, i * Zmm.BYTES));
        }
        for (int i = 1; i < Opmask.COUNT; i++) {
            a.kmovw(new Opmask(i), Address.at(Gpr.RDI, 2 * i));
        }
        a.mov(Gpr.RDX, new Immediate(11));
        a.instruction(form);
        for (int i = 0; i < Zmm.COUNT; i++) {
            a.vmovups(Address.at(Gpr.RSI, i * Zmm.BYTES), new Zmm(i));
        }
        for (int i = 1; i < Opmask.COUNT; i++) {
            a.kmovw(Address.at(Gpr.RSI, VECTOR_BYTES + 2 * i), new Opmask(i));
        }
        a.ret();
        return a.assemble();
    }

    private static void fill(MemorySegment in, Mnemonic mnemonic, Random random) {
        boolean floats = Set.of(
                        Mnemonic.VMULPS,
                        Mnemonic.VADDPS,
                        Mnemonic.VSUBPS,
                        Mnemonic.VDIVPS,
                        Mnemonic.VMINPS,
                        Mnemonic.VMAXPS,
                        Mnemonic.VFMADD213PS,
                        Mnemonic.VFMADD231PS)
                .contains(mnemonic);
        for (long i = 0; i < in.byteSize(); i += 4) {
            int bits;
            if (mnemonic == Mnemonic.VDPBF16PS) {
                // Small integers and halves: every sum is exact, so its order and roundings don't show.
                bits = small(random) | (small(random) >>> 16);
            } else if (floats) {
                bits = Float.floatToRawIntBits((float) random.nextGaussian() * (1 << random.nextInt(20)));
            } else {
                bits = random.nextInt();
            }
            in.set(ValueLayout.JAVA_INT, i, bits);
        }
    }

    private static int small(Random random) {
        return Float.floatToRawIntBits((random.nextInt(65) - 32) * 0.5f) & 0xFFFF_0000;
    }

    private static void compare(MachineInstruction form, MemorySegment out, MemorySegment expected) {
        for (long i = 0; i < BYTES; i += 4) {
            int x = out.get(ValueLayout.JAVA_INT, i);
            int y = expected.get(ValueLayout.JAVA_INT, i);
            boolean bothNaN = Float.isNaN(Float.intBitsToFloat(x)) && Float.isNaN(Float.intBitsToFloat(y));
            assertThat(x == y || bothNaN)
                    .as("%s: lane %s is %08x and should be %08x", form, i / 4, x, y)
                    .isTrue();
        }
    }

    /**
     * Its sums of any numbers: processors round between the two products or not, so within a rounding of the larger terms.
     * Products of numbers that aren't normal are 0.
     */
    @Test
    void vdpbf16psAddsWithinARounding() throws MachineCodeUnavailable {
        assumeTrue(isHere(Mnemonic.VDPBF16PS), "this processor has no vdpbf16ps");
        Random random = new Random(5);
        Assembler a = new Assembler("one");
        a.vmovups(new Zmm(0), Address.at(Gpr.RDI));
        a.vmovups(new Zmm(1), Address.at(Gpr.RDI, 64));
        a.vdpbf16ps(new Zmm(0), new Zmm(1), Address.at(Gpr.RDI, 128));
        a.vmovups(Address.at(Gpr.RSI), new Zmm(0));
        a.ret();
        try (Arena arena = Arena.ofConfined();
                ExecutableMemory memory = ExecutableMemory.of(List.of(a.assemble()))) {
            MemorySegment in = arena.allocate(192, 64);
            MemorySegment out = arena.allocate(64, 64);
            for (int round = 0; round < 1000; round++) {
                for (int i = 0; i < 48; i++) {
                    float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(9) - 4));
                    int bits = Float.floatToRawIntBits(value);
                    int other = Float.floatToRawIntBits((float) random.nextGaussian());
                    in.set(ValueLayout.JAVA_INT, i * 4L, i < 16 ? bits : (bits & 0xFFFF_0000) | (other >>> 16));
                }
                memory.routines().getFirst().call(in.address(), out.address(), 0, 0, 0, 0, 0, 0);
                for (int i = 0; i < 16; i++) {
                    float sum = in.get(ValueLayout.JAVA_FLOAT, i * 4L);
                    int x = in.get(ValueLayout.JAVA_INT, 64 + i * 4L);
                    int y = in.get(ValueLayout.JAVA_INT, 128 + i * 4L);
                    double upper = (double) f(x & 0xFFFF_0000) * f(y & 0xFFFF_0000);
                    double lower = (double) f(x << 16) * f(y << 16);
                    double largest = Math.abs(sum) + Math.abs(upper) + Math.abs(lower);
                    assertThat((double) out.get(ValueLayout.JAVA_FLOAT, i * 4L))
                            .isCloseTo(sum + upper + lower, org.assertj.core.data.Offset.offset(largest * 0x1p-23));
                }
            }
            in.fill((byte) 0);
            in.set(ValueLayout.JAVA_INT, 64, 0x0001_0001);
            in.set(ValueLayout.JAVA_INT, 128, 0x7f00_7f00);
            memory.routines().getFirst().call(in.address(), out.address(), 0, 0, 0, 0, 0, 0);
            assertThat(out.get(ValueLayout.JAVA_FLOAT, 0)).isZero();
        }
    }

    private static float f(int bits) {
        return Float.intBitsToFloat(bits);
    }

    private static boolean isOfTiles(Mnemonic mnemonic) {
        return mnemonic.encoding() instanceof Encoding.TileVex || mnemonic == Mnemonic.TILERELEASE;
    }

    private static boolean isHere(Mnemonic mnemonic) {
        try {
            Set<ProcessorUnit> units = ProcessorUnits.look();
            return switch (mnemonic) {
                case VDPBF16PS, VCVTNE2PS2BF16 -> units.contains(ProcessorUnit.VDPBF16PS);
                case VPDPBUSD, VPERMT2B, VPMULTISHIFTQB -> units.contains(ProcessorUnit.VPDPBUSD);
                default -> !units.isEmpty();
            };
        } catch (MachineCodeUnavailable e) {
            return false;
        }
    }
}

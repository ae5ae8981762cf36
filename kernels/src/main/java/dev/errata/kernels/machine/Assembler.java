package dev.errata.kernels.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes a function line by line. A method is an instruction, its arguments in the order of Intel's syntax: the result first.
 */
public final class Assembler {
    private final String name;
    private final List<Line> lines = new ArrayList<>();
    private int labels;

    public Assembler(String name) {
        this.name = name;
    }

    /** A label that {@link #bind} puts somewhere. */
    public Label label(String what) {
        return new Label(what + labels++);
    }

    /** The label is what comes next. */
    public void bind(Label label) {
        lines.add(label);
    }

    /** A label that is what comes next. */
    public Label here(String what) {
        Label label = label(what);
        bind(label);
        return label;
    }

    /** Puts bytes here, which must not be run into. */
    public void constant(Label label, byte[] bytes) {
        bind(label);
        lines.add(new Constant(bytes));
    }

    /** The function as written so far. */
    public MachineCode assemble() {
        CodeBytes bytes = new CodeBytes();
        for (int i = 0; i < lines.size(); i++) {
            switch (lines.get(i)) {
                case Label label -> {
                    if (i + 1 < lines.size() && lines.get(i + 1) instanceof Constant) {
                        bytes.align();
                    }
                    bytes.bind(label);
                }
                case MachineInstruction one -> one.mnemonic().encoding().encode(one.operands(), bytes);
                case Constant constant -> bytes.put(constant.bytes());
            }
        }
        return new MachineCode(name, List.copyOf(lines), bytes.finish());
    }

    /** Any instruction. */
    public void instruction(MachineInstruction one) {
        lines.add(one);
    }

    private void add(Mnemonic mnemonic, MachineOperand... operands) {
        instruction(MachineInstruction.of(mnemonic, operands));
    }

    public void mov(Gpr to, MachineOperand from) {
        add(Mnemonic.MOV, to, from);
    }

    public void mov(Address to, Gpr from) {
        add(Mnemonic.MOV, to, from);
    }

    public void lea(Gpr to, Address of) {
        add(Mnemonic.LEA, to, of);
    }

    public void add(Gpr to, Gpr value) {
        add(Mnemonic.ADD, to, value);
    }

    public void add(Gpr to, int value) {
        add(Mnemonic.ADD, to, new Immediate(value));
    }

    public void sub(Gpr from, int value) {
        add(Mnemonic.SUB, from, new Immediate(value));
    }

    public void cmp(Gpr one, int other) {
        add(Mnemonic.CMP, one, new Immediate(other));
    }

    public void shl(Gpr what, int by) {
        add(Mnemonic.SHL, what, new Immediate(by));
    }

    public void push(Gpr what) {
        add(Mnemonic.PUSH, what);
    }

    public void pop(Gpr to) {
        add(Mnemonic.POP, to);
    }

    public void jmp(Label to) {
        add(Mnemonic.JMP, to);
    }

    /** Jumps where the last comparison or sum found equality, or zero. */
    public void je(Label to) {
        add(Mnemonic.JE, to);
    }

    public void jne(Label to) {
        add(Mnemonic.JNE, to);
    }

    /** Jumps where the first of the last comparison was less, as signed numbers. */
    public void jl(Label to) {
        add(Mnemonic.JL, to);
    }

    /** Ends the function; the upper parts of vector registers are left clean, as code after it may be of another kind. */
    public void ret() {
        add(Mnemonic.VZEROUPPER);
        add(Mnemonic.RET);
    }

    /** Asks for a line of memory; there needn't be any. */
    public void prefetcht0(Address of) {
        add(Mnemonic.PREFETCHT0, of);
    }

    public void vmovups(Zmm to, MachineOperand from) {
        add(Mnemonic.VMOVUPS, to, from);
    }

    public void vmovups(Address to, Zmm from) {
        add(Mnemonic.VMOVUPS, to, from);
    }

    public void vpbroadcastd(Zmm to, Address from) {
        add(Mnemonic.VPBROADCASTD, to, from);
    }

    public void vpxord(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPXORD, to, a, b);
    }

    public void vpandd(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPANDD, to, a, b);
    }

    public void vpord(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPORD, to, a, b);
    }

    /** The same for the lanes of a mask. */
    public void vpord(Masked to, Zmm a, Zmm b) {
        add(Mnemonic.VPORD, to, a, b);
    }

    /** Each bit is that of {@code table} which the bits of the three are the number of, those of {@code to} first. */
    public void vpternlogd(Zmm to, Zmm a, Zmm b, int table) {
        add(Mnemonic.VPTERNLOGD, to, a, b, new Immediate(table));
    }

    /** The same for the lanes of a mask. */
    public void vpternlogd(Masked to, Zmm a, Zmm b, int table) {
        add(Mnemonic.VPTERNLOGD, to, a, b, new Immediate(table));
    }

    public void vpsrld(Zmm to, Zmm what, int by) {
        add(Mnemonic.VPSRLD, to, what, new Immediate(by));
    }

    public void vpslld(Zmm to, Zmm what, int by) {
        add(Mnemonic.VPSLLD, to, what, new Immediate(by));
    }

    public void vpsrad(Zmm to, Zmm what, int by) {
        add(Mnemonic.VPSRAD, to, what, new Immediate(by));
    }

    public void vcvtdq2ps(Zmm to, MachineOperand from) {
        add(Mnemonic.VCVTDQ2PS, to, from);
    }

    /** The nearest integers, ties to even; the least one for what has none. */
    public void vcvtps2dq(Zmm to, MachineOperand from) {
        add(Mnemonic.VCVTPS2DQ, to, from);
    }

    public void vmulps(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VMULPS, to, a, b);
    }

    /** The same for the lanes of a mask. */
    public void vmulps(Masked to, Zmm a, MachineOperand b) {
        add(Mnemonic.VMULPS, to, a, b);
    }

    public void vaddps(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VADDPS, to, a, b);
    }

    public void vsubps(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VSUBPS, to, a, b);
    }

    public void vdivps(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VDIVPS, to, a, b);
    }

    /** The lesser of each two; the second where one is NaN or both are zero. */
    public void vminps(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VMINPS, to, a, b);
    }

    /** The greater of each two; the second where one is NaN or both are zero. */
    public void vmaxps(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VMAXPS, to, a, b);
    }

    public void vpaddd(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPADDD, to, a, b);
    }

    public void vpmulld(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPMULLD, to, a, b);
    }

    public void vpmaxud(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPMAXUD, to, a, b);
    }

    /** x = x · factor + summand. */
    public void vfmadd213ps(Zmm x, Zmm factor, MachineOperand summand) {
        add(Mnemonic.VFMADD213PS, x, factor, summand);
    }

    public void vfmadd231ps(Zmm sum, Zmm a, MachineOperand b) {
        add(Mnemonic.VFMADD231PS, sum, a, b);
    }

    public void vcvtph2ps(Zmm to, Ymm from) {
        add(Mnemonic.VCVTPH2PS, to, from);
    }

    public void vpmovdw(Ymm to, Zmm from) {
        add(Mnemonic.VPMOVDW, to, from);
    }

    /** Lower halves of words to memory. */
    public void vpmovdw(Address to, Zmm from) {
        add(Mnemonic.VPMOVDW, to, from);
    }

    /** Lowest bytes of words to memory, 16 of them. */
    public void vpmovdb(Address to, Zmm from) {
        add(Mnemonic.VPMOVDB, to, from);
    }

    /** 16 bytes of a vector to memory. */
    public void vextracti32x4(Address to, Zmm from, int quarter) {
        add(Mnemonic.VEXTRACTI32X4, to, from, new Immediate(quarter));
    }

    /** Bytes, less others, what overflows left out. */
    public void vpsubb(Zmm to, Zmm from, MachineOperand what) {
        add(Mnemonic.VPSUBB, to, from, what);
    }

    /** 16 words of 16 bits, each in the lower half of one of 32. */
    public void vpmovzxwd(Zmm to, Address from) {
        add(Mnemonic.VPMOVZXWD, to, from);
    }

    /** The lower two elements of each quarter of both, by turns. */
    public void vpunpckldq(Zmm to, Zmm a, Zmm b) {
        add(Mnemonic.VPUNPCKLDQ, to, a, b);
    }

    /** The upper two elements of each quarter of both, by turns. */
    public void vpunpckhdq(Zmm to, Zmm a, Zmm b) {
        add(Mnemonic.VPUNPCKHDQ, to, a, b);
    }

    /** The lower half of each quarter of one, and of the other. */
    public void vpunpcklqdq(Zmm to, Zmm a, Zmm b) {
        add(Mnemonic.VPUNPCKLQDQ, to, a, b);
    }

    /** The upper half of each quarter of one, and of the other. */
    public void vpunpckhqdq(Zmm to, Zmm a, Zmm b) {
        add(Mnemonic.VPUNPCKHQDQ, to, a, b);
    }

    /** Two quarters of one and two of the other; the number of each in two bits, the first's lowest. */
    public void vshufi32x4(Zmm to, Zmm a, Zmm b, int quarters) {
        add(Mnemonic.VSHUFI32X4, to, a, b, new Immediate(quarters));
    }

    /** Takes words of 32 bits of a table by the lowest four bits of indices. */
    public void vpermps(Zmm to, Zmm indices, MachineOperand table) {
        add(Mnemonic.VPERMPS, to, indices, table);
    }

    /** Rounds 16 floats, which become the lower half, and 16 others to bf16; numbers too small to be normal become 0. */
    public void vcvtne2ps2bf16(Zmm to, Zmm upper, MachineOperand lower) {
        add(Mnemonic.VCVTNE2PS2BF16, to, upper, lower);
    }

    /** Takes words of a table by indices. */
    public void vpermw(Zmm to, Zmm indices, MachineOperand table) {
        add(Mnemonic.VPERMW, to, indices, table);
    }

    /** Takes words of {@code to} and of another, which together are a table, by indices. */
    public void vpermt2w(Zmm to, Zmm indices, MachineOperand other) {
        add(Mnemonic.VPERMT2W, to, indices, other);
    }

    /** 16 bits from memory. */
    public void kmovw(Opmask to, Address from) {
        add(Mnemonic.KMOVW, to, from);
    }

    public void kmovw(Address to, Opmask from) {
        add(Mnemonic.KMOVW, to, from);
    }

    /** Whether one of each two is NaN. */
    public void vcmpunordps(Opmask to, Zmm a, Zmm b) {
        add(Mnemonic.VCMPPS, to, a, b, new Immediate(3));
    }

    /** Whether each word of 32 bits is at least another, as numbers without a sign. */
    public void vpcmpud(Opmask to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPCMPUD, to, a, b, new Immediate(5));
    }

    /** The 64 bits there, eight times. */
    public void vpbroadcastq(Zmm to, Address from) {
        add(Mnemonic.VPBROADCASTQ, to, from);
    }

    public void vpaddq(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPADDQ, to, a, b);
    }

    /** Products of 64 bits of the lower halves of each 64, without a sign. */
    public void vpmuludq(Zmm to, Zmm a, MachineOperand b) {
        add(Mnemonic.VPMULUDQ, to, a, b);
    }

    /** Takes elements of each quarter, the number of each in two bits, the first's lowest. */
    public void vpshufd(Zmm to, Zmm from, int elements) {
        add(Mnemonic.VPSHUFD, to, from, new Immediate(elements));
    }

    /** Takes bytes of {@code to} and of another, which together are a table, by indices. */
    public void vpermt2b(Zmm to, Zmm indices, MachineOperand other) {
        add(Mnemonic.VPERMT2B, to, indices, other);
    }

    /** Each byte is 8 bits of its 64, from the bit on that the same byte of {@code from} tells. */
    public void vpmultishiftqb(Zmm to, Zmm from, MachineOperand of) {
        add(Mnemonic.VPMULTISHIFTQB, to, from, of);
    }

    /** Adds products of two pairs of bf16 to each f32. */
    public void vdpbf16ps(Zmm sum, Zmm a, MachineOperand b) {
        add(Mnemonic.VDPBF16PS, sum, a, b);
    }

    /** Adds products of four pairs of bytes to each 32-bit sum; the first are unsigned, the second signed. */
    public void vpdpbusd(Zmm sum, Zmm unsigned, MachineOperand signed) {
        add(Mnemonic.VPDPBUSD, sum, unsigned, signed);
    }

    /** Takes the shapes of all tiles from 64 bytes. */
    public void ldtilecfg(Address from) {
        add(Mnemonic.LDTILECFG, from);
    }

    public void tilerelease() {
        add(Mnemonic.TILERELEASE);
    }

    public void tilezero(Tmm what) {
        add(Mnemonic.TILEZERO, what);
    }

    /**
     * @param from base of the first row, and as index the distance of rows
     */
    public void tileloadd(Tmm to, Address from) {
        add(Mnemonic.TILELOADD, to, from);
    }

    public void tilestored(Address to, Tmm from) {
        add(Mnemonic.TILESTORED, to, from);
    }

    public void tdpbf16ps(Tmm sum, Tmm a, Tmm b) {
        add(Mnemonic.TDPBF16PS, sum, a, b);
    }

    /** Adds products of signed bytes, exactly. */
    public void tdpbssd(Tmm sum, Tmm a, Tmm b) {
        add(Mnemonic.TDPBSSD, sum, a, b);
    }
}

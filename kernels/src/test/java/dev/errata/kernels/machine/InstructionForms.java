package dev.errata.kernels.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Every instruction in every form of its operands, with registers and addresses that between them need each bit of an encoding.
 */
final class InstructionForms {
    private static final List<Zmm> VECTORS =
            List.of(new Zmm(0), new Zmm(5), new Zmm(8), new Zmm(15), new Zmm(16), new Zmm(26), new Zmm(31));
    private static final List<Gpr> REGISTERS = List.of(Gpr.values());
    private static final List<Gpr> BASES =
            List.of(Gpr.RAX, Gpr.RSP, Gpr.RBP, Gpr.RDI, Gpr.R8, Gpr.R12, Gpr.R13, Gpr.R15);
    private static final List<Gpr> INDICES = List.of(Gpr.RCX, Gpr.RBP, Gpr.RSI, Gpr.R8, Gpr.R12, Gpr.R13);
    private static final List<Integer> NUMBERS = List.of(0, 1, -1, 127, -128, 128, 4096, -70000, Integer.MAX_VALUE);
    private static final List<Integer> DISPLACEMENTS =
            List.of(0, 1, 4, 32, 64, 508, 512, -64, 4064, 8128, 8192, -8192, 1 << 20);

    private InstructionForms() {}

    /** Prints the texts of all, for GNU as after {@code .intel_syntax noprefix}. */
    static void main() {
        all().forEach(System.out::println);
    }

    static List<MachineInstruction> all() {
        List<MachineInstruction> all = new ArrayList<>();
        for (Mnemonic mnemonic : Mnemonic.values()) {
            all.addAll(of(mnemonic));
        }
        return all;
    }

    static List<MachineInstruction> of(Mnemonic mnemonic) {
        List<MachineInstruction> all = new ArrayList<>();
        switch (mnemonic) {
            case MOV -> {
                for (Gpr a : REGISTERS) {
                    REGISTERS.forEach(b -> all.add(MachineInstruction.of(mnemonic, a, b)));
                    NUMBERS.forEach(n -> all.add(MachineInstruction.of(mnemonic, a, new Immediate(n))));
                }
                for (Address m : addresses()) {
                    all.add(MachineInstruction.of(mnemonic, Gpr.RDX, m));
                    all.add(MachineInstruction.of(mnemonic, m, Gpr.R14));
                }
            }
            case LEA -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, Gpr.R11, m)));
            case ADD, SUB, CMP -> {
                for (Gpr a : REGISTERS) {
                    REGISTERS.forEach(b -> all.add(MachineInstruction.of(mnemonic, a, b)));
                    NUMBERS.forEach(n -> all.add(MachineInstruction.of(mnemonic, a, new Immediate(n))));
                }
            }
            case SHL -> REGISTERS.forEach(a -> all.add(MachineInstruction.of(mnemonic, a, new Immediate(6))));
            case PUSH, POP -> REGISTERS.forEach(a -> all.add(MachineInstruction.of(mnemonic, a)));
            case RET, VZEROUPPER, TILERELEASE -> all.add(MachineInstruction.of(mnemonic));
            case PREFETCHT0 -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, m)));
            // Distances depend on the listing: EncodingTest has one.
            case JMP, JE, JNE, JL -> {}
            case VMOVUPS -> {
                pairs(mnemonic, all);
                for (Address m : addresses()) {
                    all.add(MachineInstruction.of(mnemonic, new Zmm(19), m));
                    all.add(MachineInstruction.of(mnemonic, m, new Zmm(12)));
                }
            }
            case KMOVW -> {
                for (Address m : addresses()) {
                    all.add(MachineInstruction.of(mnemonic, new Opmask(5), m));
                    all.add(MachineInstruction.of(mnemonic, m, new Opmask(2)));
                }
            }
            case VPCMPUD, VCMPPS -> {
                for (Zmm a : VECTORS) {
                    for (Zmm b : VECTORS) {
                        Opmask bits = new Opmask(1 + (a.number() + b.number()) % 7);
                        all.add(MachineInstruction.of(mnemonic, bits, a, b, predicate(mnemonic)));
                    }
                }
                addresses()
                        .forEach(m -> all.add(
                                MachineInstruction.of(mnemonic, new Opmask(3), new Zmm(17), m, predicate(mnemonic))));
                addresses()
                        .forEach(m -> all.add(MachineInstruction.of(
                                mnemonic, new Opmask(6), new Zmm(4), m.repeated(), predicate(mnemonic))));
            }
            case VPSHUFD -> {
                for (Zmm a : VECTORS) {
                    VECTORS.forEach(b ->
                            all.add(MachineInstruction.of(mnemonic, a, b, new Immediate(a.number() * 7 + b.number()))));
                }
            }
            case VPBROADCASTQ -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, new Zmm(30), m)));
            case VPMOVZXWD -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, new Zmm(30), m)));
            case VPBROADCASTD -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, new Zmm(30), m)));
            case VCVTDQ2PS, VCVTPS2DQ -> {
                pairs(mnemonic, all);
                addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, new Zmm(9), m)));
            }
            case VCVTPH2PS -> {
                for (Zmm a : VECTORS) {
                    VECTORS.forEach(b -> all.add(MachineInstruction.of(mnemonic, a, b.lower())));
                }
            }
            case VPMOVDW -> {
                for (Zmm a : VECTORS) {
                    VECTORS.forEach(b -> all.add(MachineInstruction.of(mnemonic, a.lower(), b)));
                }
                addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, m, new Zmm(22))));
            }
            case VPMOVDB -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, m, new Zmm(22))));
            case VEXTRACTI32X4 -> {
                for (Zmm a : VECTORS) {
                    addresses()
                            .forEach(
                                    m -> all.add(MachineInstruction.of(mnemonic, m, a, new Immediate(a.number() % 4))));
                }
            }
            case VPSRLD, VPSLLD, VPSRAD -> {
                for (Zmm a : VECTORS) {
                    VECTORS.forEach(b -> all.add(MachineInstruction.of(mnemonic, a, b, new Immediate(4))));
                }
            }
            case VPTERNLOGD, VSHUFI32X4 -> {
                for (Zmm a : VECTORS) {
                    for (Zmm b : VECTORS) {
                        Zmm c = VECTORS.get((a.number() + b.number()) % VECTORS.size());
                        all.add(MachineInstruction.of(mnemonic, a, b, c, new Immediate(a.number() * 5 + b.number())));
                        if (mnemonic == Mnemonic.VPTERNLOGD) {
                            masked(a)
                                    .forEach(to ->
                                            all.add(MachineInstruction.of(mnemonic, to, b, c, new Immediate(0x96))));
                        }
                    }
                }
            }
            case VPXORD,
                    VPANDD,
                    VPORD,
                    VMULPS,
                    VADDPS,
                    VSUBPS,
                    VDIVPS,
                    VMINPS,
                    VMAXPS,
                    VPADDD,
                    VPMULLD,
                    VPMAXUD,
                    VFMADD213PS,
                    VFMADD231PS,
                    VDPBF16PS,
                    VPDPBUSD,
                    VPERMPS,
                    VCVTNE2PS2BF16 -> {
                triples(mnemonic, all);
                addresses()
                        .forEach(m -> all.add(MachineInstruction.of(mnemonic, new Zmm(3), new Zmm(28), m.repeated())));
                if (mnemonic == Mnemonic.VMULPS || mnemonic == Mnemonic.VPORD) {
                    for (Zmm a : VECTORS) {
                        masked(a).forEach(to -> all.add(MachineInstruction.of(mnemonic, to, new Zmm(28), new Zmm(9))));
                    }
                    Masked to = new Zmm(19).orZeroWhere(new Opmask(6));
                    addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, to, new Zmm(7), m)));
                }
            }
            case VPADDQ, VPMULUDQ -> triples(mnemonic, all);
            case VPUNPCKLDQ, VPUNPCKHDQ, VPUNPCKLQDQ, VPUNPCKHQDQ -> triples(mnemonic, all);
            case VPSUBB, VPERMW, VPERMT2W, VPERMT2B, VPMULTISHIFTQB -> triples(mnemonic, all);
            case LDTILECFG -> addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, m)));
            case TILEZERO -> {
                for (int i = 0; i < Tmm.COUNT; i++) {
                    all.add(MachineInstruction.of(mnemonic, new Tmm(i)));
                }
            }
            case TILELOADD, TILESTORED -> {
                for (Address m : addresses()) {
                    if (m.index() != null) {
                        all.add(
                                mnemonic == Mnemonic.TILELOADD
                                        ? MachineInstruction.of(mnemonic, new Tmm(5), m)
                                        : MachineInstruction.of(mnemonic, m, new Tmm(6)));
                    }
                }
            }
            case TDPBF16PS, TDPBSSD -> {
                for (int i = 0; i < Tmm.COUNT; i++) {
                    Tmm b = new Tmm((i + 1) % Tmm.COUNT);
                    Tmm c = new Tmm((i + 4) % Tmm.COUNT);
                    all.add(MachineInstruction.of(mnemonic, new Tmm(i), b, c));
                }
            }
        }
        return all;
    }

    /** That which our code asks for. */
    private static Immediate predicate(Mnemonic comparison) {
        return new Immediate(comparison == Mnemonic.VCMPPS ? 3 : 5);
    }

    private static List<Masked> masked(Zmm vector) {
        Opmask mask = new Opmask(1 + vector.number() % 7);
        return List.of(vector.where(mask), vector.orZeroWhere(mask));
    }

    private static void pairs(Mnemonic mnemonic, List<MachineInstruction> all) {
        for (Zmm a : VECTORS) {
            VECTORS.forEach(b -> all.add(MachineInstruction.of(mnemonic, a, b)));
        }
    }

    private static void triples(Mnemonic mnemonic, List<MachineInstruction> all) {
        for (Zmm a : VECTORS) {
            for (Zmm b : VECTORS) {
                all.add(MachineInstruction.of(mnemonic, a, b, VECTORS.get((a.number() + b.number()) % VECTORS.size())));
            }
            all.add(MachineInstruction.of(mnemonic, new Zmm(1), new Zmm(2), a));
        }
        addresses().forEach(m -> all.add(MachineInstruction.of(mnemonic, new Zmm(21), new Zmm(6), m)));
    }

    static List<Address> addresses() {
        List<Address> all = new ArrayList<>();
        for (Gpr base : BASES) {
            DISPLACEMENTS.forEach(d -> all.add(Address.at(base, d)));
            for (Gpr index : INDICES) {
                int scale = 1 << (base.number() + index.number()) % 4;
                all.add(Address.at(base, index, scale, DISPLACEMENTS.get(index.number() % DISPLACEMENTS.size())));
            }
        }
        return all;
    }
}

package dev.errata.kernels.machine;

import static dev.errata.kernels.machine.Encoding.Map.M0F;
import static dev.errata.kernels.machine.Encoding.Map.M0F38;
import static dev.errata.kernels.machine.Encoding.Map.M0F3A;
import static dev.errata.kernels.machine.Encoding.Prefix.NONE;
import static dev.errata.kernels.machine.Encoding.Prefix.P66;
import static dev.errata.kernels.machine.Encoding.Prefix.PF2;
import static dev.errata.kernels.machine.Encoding.Prefix.PF3;

import dev.errata.kernels.machine.Encoding.Arithmetic;
import dev.errata.kernels.machine.Encoding.Evex;
import dev.errata.kernels.machine.Encoding.Jump;
import dev.errata.kernels.machine.Encoding.Literal;
import dev.errata.kernels.machine.Encoding.Move;
import dev.errata.kernels.machine.Encoding.MoveMask;
import dev.errata.kernels.machine.Encoding.OneRegister;
import dev.errata.kernels.machine.Encoding.Prefetch;
import dev.errata.kernels.machine.Encoding.ShiftLeft;
import dev.errata.kernels.machine.Encoding.TileVex;
import java.util.Locale;

/** The instructions that kernels use, by Intel's names, and how each is encoded (Intel SDM, volume 2). */
public enum Mnemonic {
    MOV(new Move()),
    LEA(new Encoding.LoadAddress()),
    ADD(new Arithmetic(0)),
    SUB(new Arithmetic(5)),
    CMP(new Arithmetic(7)),
    SHL(new ShiftLeft()),
    PUSH(new OneRegister(0x50)),
    POP(new OneRegister(0x58)),
    JMP(new Jump(0xE9)),
    JE(new Jump(0x0F84)),
    JNE(new Jump(0x0F85)),
    JL(new Jump(0x0F8C)),
    RET(new Literal(0xC3)),
    PREFETCHT0(new Prefetch()),
    VZEROUPPER(new Literal(0xC5, 0xF8, 0x77)),

    VMOVUPS(Evex.loadOrStore(NONE, M0F, 0, 0x10, 0x11)),
    VPBROADCASTD(Evex.two(P66, M0F38, 0, 0x58).withMemory(4)),
    VPMOVZXWD(Evex.two(P66, M0F38, 0, 0x33).withMemory(32)),
    VPXORD(Evex.three(P66, M0F, 0, 0xEF)),
    VPANDD(Evex.three(P66, M0F, 0, 0xDB)),
    VPORD(Evex.three(P66, M0F, 0, 0xEB)),
    VPTERNLOGD(Evex.four(P66, M0F3A, 0, 0x25)),
    VPSRLD(Evex.shift(2)),
    VPSLLD(Evex.shift(6)),
    VPSRAD(Evex.shift(4)),
    VCVTDQ2PS(Evex.two(NONE, M0F, 0, 0x5B)),
    VCVTPS2DQ(Evex.two(P66, M0F, 0, 0x5B)),
    VMULPS(Evex.three(NONE, M0F, 0, 0x59)),
    VADDPS(Evex.three(NONE, M0F, 0, 0x58)),
    VSUBPS(Evex.three(NONE, M0F, 0, 0x5C)),
    VDIVPS(Evex.three(NONE, M0F, 0, 0x5E)),
    VMINPS(Evex.three(NONE, M0F, 0, 0x5D)),
    VMAXPS(Evex.three(NONE, M0F, 0, 0x5F)),
    VPADDD(Evex.three(P66, M0F, 0, 0xFE)),
    VPMULLD(Evex.three(P66, M0F38, 0, 0x40)),
    VPMAXUD(Evex.three(P66, M0F38, 0, 0x3F)),
    VFMADD213PS(Evex.three(P66, M0F38, 0, 0xA8)),
    VFMADD231PS(Evex.three(P66, M0F38, 0, 0xB8)),
    VCVTPH2PS(Evex.two(P66, M0F38, 0, 0x13).withMemory(32)),
    VPMOVDW(Evex.narrowing(PF3, M0F38, 0, 0x33)),
    VPMOVDB(Evex.narrowing(PF3, M0F38, 0, 0x31).withMemory(16)),
    VEXTRACTI32X4(Evex.part(P66, M0F3A, 0, 0x39)),
    VPSUBB(Evex.three(P66, M0F, 0, 0xF8)),
    VPUNPCKLDQ(Evex.three(P66, M0F, 0, 0x62)),
    VPUNPCKHDQ(Evex.three(P66, M0F, 0, 0x6A)),
    VPUNPCKLQDQ(Evex.three(P66, M0F, 1, 0x6C)),
    VPUNPCKHQDQ(Evex.three(P66, M0F, 1, 0x6D)),
    VSHUFI32X4(Evex.four(P66, M0F3A, 0, 0x43)),
    VPERMPS(Evex.three(P66, M0F38, 0, 0x16)),
    VCVTNE2PS2BF16(Evex.three(PF2, M0F38, 0, 0x72)),
    VPERMW(Evex.three(P66, M0F38, 1, 0x8D)),
    VPERMT2W(Evex.three(P66, M0F38, 1, 0x7D)),
    VPERMT2B(Evex.three(P66, M0F38, 0, 0x7D)),
    KMOVW(new MoveMask()),
    VCMPPS(Evex.comparison(NONE, M0F, 0, 0xC2)),
    VPCMPUD(Evex.comparison(P66, M0F3A, 0, 0x1E)),
    VPBROADCASTQ(Evex.two(P66, M0F38, 1, 0x59).withMemory(8)),
    VPADDQ(Evex.three(P66, M0F, 1, 0xD4)),
    VPMULUDQ(Evex.three(P66, M0F, 1, 0xF4)),
    VPSHUFD(Evex.twoByNumber(P66, M0F, 0, 0x70)),
    VPMULTISHIFTQB(Evex.three(P66, M0F38, 1, 0x83)),
    VDPBF16PS(Evex.three(PF3, M0F38, 0, 0x52)),
    VPDPBUSD(Evex.three(P66, M0F38, 0, 0x50)),

    LDTILECFG(new TileVex(NONE, 0x49, TileVex.Shape.CONFIG)),
    TILERELEASE(new Literal(0xC4, 0xE2, 0x78, 0x49, 0xC0)),
    TILEZERO(new TileVex(PF2, 0x49, TileVex.Shape.ZERO)),
    TILELOADD(new TileVex(PF2, 0x4B, TileVex.Shape.LOAD)),
    TILESTORED(new TileVex(PF3, 0x4B, TileVex.Shape.STORE)),
    TDPBF16PS(new TileVex(PF3, 0x5C, TileVex.Shape.PRODUCT)),
    TDPBSSD(new TileVex(PF2, 0x5E, TileVex.Shape.PRODUCT));

    @SuppressWarnings("ImmutableEnumChecker") // encodings are records of numbers, which nobody changes
    private final Encoding encoding;

    Mnemonic(Encoding encoding) {
        this.encoding = encoding;
    }

    Encoding encoding() {
        return encoding;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Norms, positions and gates of bf16 rows, which machine code computes as they lie, have the bits that the Vector API gives widened ones,
 * on this processor and line by line in plain Java.
 */
class Bf16RowOperatorsTest {
    private static final short[] UNUSUAL = {
        0, (short) 0x8000, 1, (short) 0x8001, 0x007F, 0x7F7F, 0x7F80, (short) 0xFF80, 0x7FC0, 0x4300, (short) 0xC300
    };

    /** What runs the functions. */
    enum Way {
        PLAIN_JAVA,
        THIS_PROCESSOR;

        CpuBackend backend() {
            Set<ProcessorUnit> units = Set.of(ProcessorUnit.VDPBF16PS);
            Assumptions.assumeTrue(Lanes.COUNT == 16, "vectors of fewer bits here");
            Assumptions.assumeTrue(this == PLAIN_JAVA || isHere(), "no unit for bf16 here");
            return new CpuBackend(
                    1,
                    MachineKernels.of(
                            units, this == PLAIN_JAVA ? PlainLoader::load : MachineKernels.Loaded::onThisProcessor));
        }

        private static boolean isHere() {
            try {
                return MachineKernels.units().contains(ProcessorUnit.VDPBF16PS);
            } catch (MachineCodeUnavailable e) {
                return false;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void norms(Way way) {
        for (int columns : new int[] {16, 48, 64, 51, 576}) {
            for (float offset : new float[] {0, 1}) {
                for (DType weights : new DType[] {DType.F32, DType.BF16}) {
                    requireSame(way, (s, random) -> {
                        Tensor x = values(s, DType.BF16, random, 5, columns);
                        Tensor w = values(s, weights, random, columns);
                        Tensor out = s.allocate("out", DType.BF16, 5, columns);
                        Tensor rstd = s.allocate("rstd", DType.F32, 5);
                        return new Run(new Op.RmsNorm(x, w, offset, 1e-5f, out, rstd), List.of(out, rstd));
                    });
                }
            }
        }
    }

    /** Whole heads and parts of them, halves of whole vectors and of others, forth and back. */
    @ParameterizedTest
    @EnumSource
    void positions(Way way) {
        for (int[] shape :
                new int[][] {{3, 64, 32}, {2, 128, 64}, {2, 96, 32}, {1, 32, 16}, {3, 20, 10}, {2, 64, 24}}) {
            for (boolean inverse : new boolean[] {false, true}) {
                for (DType angles : new DType[] {DType.F32, DType.BF16}) {
                    requireSame(way, (s, random) -> {
                        Tensor x = values(s, DType.BF16, random, 4, (long) shape[0] * shape[1]);
                        Tensor cos = values(s, angles, random, 7, shape[2]);
                        Tensor sin = values(s, angles, random, 7, shape[2]);
                        Tensor positions = s.allocate("positions", DType.I32, 4);
                        for (int i = 0; i < 4; i++) {
                            Memory.setInt(Memory.address(positions, DType.I32, 4) + i * 4L, random.nextInt(7));
                        }
                        return new Run(new Op.Rope(x, cos, sin, positions, shape[1], inverse), List.of(x));
                    });
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void gatesAndTheirGradients(Way way) {
        for (int columns : new int[] {16, 33, 160}) {
            for (Activation activation : Activation.values()) {
                requireSame(way, (s, random) -> {
                    Tensor gate = values(s, DType.BF16, random, 3, columns);
                    Tensor up = values(s, DType.BF16, random, 3, columns);
                    Tensor out = s.allocate("out", DType.BF16, 3, columns);
                    return new Run(new Op.GatedActivation(gate, up, activation, out), List.of(out));
                });
                requireSame(way, (s, random) -> {
                    Tensor gate = values(s, DType.BF16, random, 3, columns);
                    Tensor up = values(s, DType.BF16, random, 3, columns);
                    Tensor dOut = values(s, DType.BF16, random, 3, columns);
                    Tensor dGate = s.allocate("dGate", DType.BF16, 3, columns);
                    Tensor dUp = s.allocate("dUp", DType.BF16, 3, columns);
                    return new Run(
                            new Op.GatedActivationBackward(gate, up, activation, dOut, dGate, dUp),
                            List.of(dGate, dUp));
                });
            }
        }
    }

    private record Run(Op op, List<Tensor> results) {}

    private static void requireSame(Way way, BiFunction<Scope, Random, Run> made) {
        try (CpuBackend vectors = new CpuBackend(1, null);
                CpuBackend machine = way.backend();
                Scope one = new Scope("vectors", vectors);
                Scope other = new Scope("machine code", machine)) {
            Run expected = made.apply(one, new Random(11));
            Run actual = made.apply(other, new Random(11));
            vectors.run(expected.op);
            machine.run(actual.op);
            for (int i = 0; i < expected.results.size(); i++) {
                Tensor a = expected.results.get(i);
                Tensor b = actual.results.get(i);
                for (int j = 0; j < a.elements(); j++) {
                    assertThat(value(b, j))
                            .as("%s, element %d of result %d", actual.op, j, i)
                            .isEqualTo(value(a, j));
                }
            }
        }
    }

    /** Equal where the bits are, or both are NaN. */
    private static Float value(Tensor tensor, int i) {
        long at = Memory.anyFloats(tensor, tensor.elements());
        return tensor.dtype() == DType.F32
                ? Memory.get(at + i * 4L)
                : Float.intBitsToFloat(Memory.getShort(at + i * 2L) << 16);
    }

    private static Tensor values(Scope scope, DType type, Random random, long... dims) {
        Tensor tensor = scope.allocate("values", type, dims);
        long at = Memory.anyFloats(tensor, tensor.elements());
        for (int i = 0; i < tensor.elements(); i++) {
            int upper = Float.floatToRawIntBits((float) random.nextGaussian() * 3) >>> 16;
            int bits = random.nextInt(40) == 0 ? UNUSUAL[random.nextInt(UNUSUAL.length)] : upper;
            if (type == DType.BF16) {
                Memory.setShort(at + i * 2L, bits);
            } else {
                Memory.setInt(at + i * 4L, bits << 16 | random.nextInt(1 << 16));
            }
        }
        return tensor;
    }
}

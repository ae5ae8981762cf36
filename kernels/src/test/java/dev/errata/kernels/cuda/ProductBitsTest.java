package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.sim.SimDriver;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What products of operators promise whatever kernels do them, on a device of each family of kernels. */
class ProductBitsTest {
    private static final int IN = 96;
    private static final int OUT = 70;
    private static final int[] ROWS = {1, 3, 9, 40};

    /**
     * @param hopper a device with wgmma
     */
    record Rows(boolean hopper, StepKind step, DType x, DType y) {
        CudaBackend open() {
            return TestDevice.REAL
                    ? new CudaBackend("cuda", TestDevice.open(), 1 << 20)
                    : new CudaBackend("sim", new SimDriver(hopper ? 90 : 80), CudaBackend.NO_SLABS);
        }
    }

    static Stream<Rows> kinds() {
        List<Rows> kinds = new ArrayList<>();
        for (boolean hopper : TestDevice.REAL ? new boolean[] {true} : new boolean[] {false, true}) {
            for (StepKind step : StepKind.values()) {
                kinds.add(new Rows(hopper, step, DType.BF16, DType.BF16));
                kinds.add(new Rows(hopper, step, DType.BF16, DType.F32));
                kinds.add(new Rows(hopper, step, DType.F32, DType.F32));
            }
        }
        return kinds.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRowHasTheSameBitsAloneAndAmongOthers(Rows kind) {
        try (CudaBackend cuda = kind.open();
                Scope scope = new Scope("test", cuda)) {
            for (Weight weight : weights(cuda, scope)) {
                short[] first = null;
                for (int rows : ROWS) {
                    short[] found = firstRow(cuda, kind, weight, rows);
                    first = first == null ? found : first;
                    assertThat(found).as("%d rows by %s", rows, weight).isEqualTo(first);
                }
            }
        }
    }

    @Test
    void productsAgreeWithTheReferenceOnHopperToo() {
        try (ReferenceBackend reference = new ReferenceBackend();
                CudaBackend cuda = new Rows(true, StepKind.ROWS, null, null).open()) {
            for (OperatorCase operator : OperatorCases.small()) {
                boolean isProduct =
                        operator.name().contains("matmul") || operator.name().contains("linear");
                if (isProduct && operator.refusal(cuda).isEmpty()) {
                    assertThat(operator.difference(operator.run(reference), operator.run(cuda)))
                            .isEmpty();
                }
            }
        }
    }

    /** A low-rank matrix, one in bf16, one in 4 bits and one of a GGUF file, both also widened to bf16. */
    private static List<Weight> weights(CudaBackend cuda, Scope scope) {
        Tensor low = scope.floats("low", numbers(8 * IN, 1), 8, IN);
        Tensor dense = bf16(cuda, scope, OUT, IN, 2);
        int blocks = OUT * IN / 32;
        Tensor packed = bytes(cuda, scope, OUT * IN / 2, 3);
        Tensor code = scope.floats("code", numbers(16, 4), 16);
        Tensor absmax = scope.floats("absmax", numbers(blocks, 5), blocks);
        Weight.FourBit fourBit =
                new Weight.FourBit(OUT, IN, 32, packed, code, new Weight.SingleScales(absmax), DType.F32);
        Weight.Ggml ggml = new Weight.Ggml(GgmlType.Q8_0, OUT, IN, ggmlBlocks(cuda, scope, blocks), DType.F32);
        return List.of(
                new Weight.Dense(low),
                new Weight.Dense(dense),
                fourBit,
                fourBit.widenedTo(DType.BF16),
                ggml,
                ggml.widenedTo(DType.BF16));
    }

    private static short[] firstRow(CudaBackend cuda, Rows kind, Weight weight, int rows) {
        try (Scope scope = new Scope("rows", cuda)) {
            Tensor x = scope.allocate("x", kind.x(), rows, IN);
            cuda.run(new Op.Copy(scope.floats("wide", numbers(rows * IN, 9), rows, IN), x));
            Tensor y = scope.allocate("y", kind.y(), rows, weight.out());
            Runnable product = () -> cuda.run(new Op.Linear(x, weight, y, false));
            if (kind.step() == StepKind.DECODING) {
                cuda.repeated(product).run();
            } else {
                product.run();
            }
            short[] all = new short[Math.toIntExact(y.bytes() / Short.BYTES)];
            cuda.download(y, MemorySegment.ofArray(all));
            return Arrays.copyOf(all, all.length / rows);
        }
    }

    private static Tensor bf16(CudaBackend cuda, Scope scope, int rows, int columns, long stream) {
        Tensor tensor = scope.allocate("dense", DType.BF16, rows, columns);
        cuda.run(new Op.Copy(scope.floats("wide", numbers(rows * columns, stream), rows, columns), tensor));
        return tensor;
    }

    /** Blocks of Q8_0: a scale of 2⁻⁶ and 32 bytes. */
    private static Tensor ggmlBlocks(CudaBackend cuda, Scope scope, int blocks) {
        int bytes = GgmlType.Q8_0.blockBytes();
        byte[] values = random(blocks * bytes, 6);
        for (int b = 0; b < blocks; b++) {
            values[b * bytes] = 0;
            values[b * bytes + 1] = 0x24;
        }
        return uploaded(cuda, scope, values);
    }

    private static Tensor bytes(CudaBackend cuda, Scope scope, int count, long stream) {
        return uploaded(cuda, scope, random(count, stream));
    }

    private static Tensor uploaded(CudaBackend cuda, Scope scope, byte[] values) {
        Tensor tensor = scope.allocate("bytes", DType.U8, values.length);
        cuda.upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    private static byte[] random(int count, long stream) {
        byte[] values = new byte[count];
        for (int i = 0; i < count; i++) {
            values[i] = (byte) Philox.bits(9, stream, i);
        }
        return values;
    }

    /** The first numbers of a stream, so that a longer array begins with a shorter one's. */
    private static float[] numbers(int count, long stream) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(9, stream, i);
        }
        return values;
    }
}

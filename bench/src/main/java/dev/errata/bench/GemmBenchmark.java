package dev.errata.bench;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products x · Wᵀ of SmolLM2's layers: prompt and training sizes, and decoding. The shape is M x N x K. 2 · M · N · K
 * operations over the time of {@link #product} are to be seen beside {@link FmaPeakBenchmark} of the same run.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class GemmBenchmark {
    @Param({"1024x576x576", "1024x1536x576", "1024x576x1536", "1024x8192x576", "16x1536x576", "1x1536x576"})
    private String shape;

    @Param({"dense", "4bit"})
    private String weight;

    @Param({"1", "2"})
    private int threads;

    private Backend backend;
    private Scope scope;
    private Op op;

    @Setup
    public void setUp() {
        String[] sizes = shape.split("x");
        int m = Integer.parseInt(sizes[0]);
        int n = Integer.parseInt(sizes[1]);
        int k = Integer.parseInt(sizes[2]);
        backend = Backends.choose("cpu", threads);
        scope = new Scope("benchmark", backend);
        float[] x = normal(1, m * k);
        Tensor a = scope.floats("a", x, m, k);
        Tensor c = scope.f32("c", m, n);
        float[] dense;
        if (weight.equals("dense")) {
            dense = normal(2, n * k);
            Weight given = new Weight.Dense(scope.floats("w", dense, n, k));
            op = new Op.Linear(a, backend.prepare("w", given, scope), c, false);
        } else {
            byte[] packed = new byte[n * k / 2];
            float[] code = normal(3, 16);
            float[] absmax = normal(4, n * k / 64);
            dense = new float[n * k];
            for (int i = 0; i < packed.length; i++) {
                packed[i] = (byte) Philox.bits(5, 5, i);
                dense[2 * i] = code[(packed[i] >> 4) & 15] * absmax[2 * i / 64];
                dense[2 * i + 1] = code[packed[i] & 15] * absmax[2 * i / 64];
            }
            op = new Op.Linear(a, backend.prepare("w", fourBit(n, k, packed, code, absmax), scope), c, false);
        }
        backend.run(op);
        check(x, dense, c, m, n, k);
    }

    private Weight.FourBit fourBit(int n, int k, byte[] packed, float[] code, float[] absmax) {
        Tensor bytes = scope.allocate("packed", DType.U8, packed.length);
        backend.upload(MemorySegment.ofArray(packed), bytes);
        Tensor codes = scope.floats("code", code, 16);
        Tensor scales = scope.floats("absmax", absmax, absmax.length);
        return new Weight.FourBit(n, k, 64, bytes, codes, new Weight.SingleScales(scales), DType.F32);
    }

    private static float[] normal(long stream, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(1, stream, i);
        }
        return values;
    }

    /** Compares 1000 elements with a scalar product in double. */
    private void check(float[] a, float[] b, Tensor c, int m, int n, int k) {
        float[] result = new float[m * n];
        backend.download(c, MemorySegment.ofArray(result));
        for (int probe = 0; probe < 1000; probe++) {
            int at = Philox.below(1, 9, probe, m * n);
            double sum = 0;
            double size = 0;
            for (int l = 0; l < k; l++) {
                double term = (double) a[at / n * k + l] * b[at % n * k + l];
                sum += term;
                size += Math.abs(term);
            }
            if (!(Math.abs(result[at] - sum) <= 1e-5 * size)) {
                throw new IllegalStateException("element " + at + " is " + result[at] + " instead of " + sum);
            }
        }
    }

    @TearDown
    public void tearDown() {
        scope.close();
        backend.close();
    }

    @Benchmark
    public void product() {
        backend.run(op);
    }
}

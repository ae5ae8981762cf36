package dev.errata.bench;

import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
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
 * One AdamW step on 8 million parameters, which fit into no cache, with moments in 32 and in 8 bits. A step moves 28
 * bytes for each parameter with 32-bit moments (parameter and both moments there and back, the gradient there) and 16
 * with 8-bit ones; {@link #stream} moves 12 and shows what the memory gives to so many threads.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class AdamWBenchmark {
    private static final int N = 1 << 23;
    private static final double LR = 1e-3;
    private static final double EPS = 1e-8;
    private static final double DECAY = 0.01;

    @Param({"32bit", "8bit"})
    private String moments;

    @Param({"1", "2"})
    private int threads;

    private Backend backend;
    private Scope scope;
    private Op step;
    private Op stream;

    @Setup
    public void setUp() {
        backend = Backends.choose("cpu", threads);
        scope = new Scope("benchmark", backend);
        float[] values = normal(1);
        float[] gradients = normal(2);
        Tensor param = scope.floats("param", values, N);
        Tensor grad = scope.floats("grad", gradients, N);
        step = moments.equals("32bit")
                ? new Op.AdamWStep(
                        param, grad, scope.zeros("m", N), scope.zeros("v", N), LR, 0.9, 0.999, EPS, DECAY, 1, 1)
                : new Op.AdamW8bitStep(
                        param,
                        grad,
                        zeros(DynamicMap.SIGNED),
                        zeros(DynamicMap.UNSIGNED),
                        LR,
                        0.9,
                        0.999,
                        EPS,
                        DECAY,
                        1,
                        1);
        stream = new Op.Add(grad, grad, scope.f32("sum", N));
        backend.run(step);
        check(values, gradients, param);
    }

    private Blockwise8Bit zeros(DynamicMap map) {
        Tensor codes = scope.allocate("codes", DType.U8, N);
        backend.upload(MemorySegment.ofArray(new byte[N]), codes);
        float[] values = map.codes().values();
        return new Blockwise8Bit(
                codes, scope.zeros("absmax", Blockwise8Bit.blocks(N)), scope.floats("map", values, values.length));
    }

    private static float[] normal(long stream) {
        float[] values = new float[N];
        for (int i = 0; i < N; i++) {
            values[i] = (float) Philox.normal(1, stream, i);
        }
        return values;
    }

    /** From moments of zero each parameter moves by lr · g / (|g| + eps), after its decay. */
    private void check(float[] values, float[] gradients, Tensor param) {
        float[] result = new float[N];
        backend.download(param, MemorySegment.ofArray(result));
        for (int i = 0; i < N; i++) {
            double expected = values[i] * (1 - LR * DECAY) - LR * gradients[i] / (Math.abs(gradients[i]) + EPS);
            if (!(Math.abs(result[i] - expected) <= 1e-6)) {
                throw new IllegalStateException("parameter " + i + " is " + result[i] + " instead of " + expected);
            }
        }
    }

    @TearDown
    public void tearDown() {
        scope.close();
        backend.close();
    }

    @Benchmark
    public void step() {
        backend.run(step);
    }

    @Benchmark
    public void stream() {
        backend.run(stream);
    }
}

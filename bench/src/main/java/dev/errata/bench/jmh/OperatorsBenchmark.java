package dev.errata.bench.jmh;

import dev.errata.bench.ops.ModelShape;
import dev.errata.bench.ops.OperatorBenchmark;
import dev.errata.bench.ops.OperatorMeasurement;
import dev.errata.bench.ops.OperatorTable;
import dev.errata.bench.ops.WeightFormat;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Op;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Operators of {@code bench ops}, by the names that it prints, each in JVMs of its own: what bench ops measures after other
 * kernels were compiled is measured here with this kernel compiled first. Any name of the table can be given with
 * {@code -p operator=}. The result is checked before anything is timed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class OperatorsBenchmark {
    @Param({
        "Linear smollm2-135m gate 512x1536x576 f32",
        "Linear smollm2-135m gate 32x1536x576 f32",
        "Linear smollm2-135m gate 1x1536x576 bf16",
        "Linear smollm2-135m gate 1x1536x576 nf4",
        "Linear smollm2-135m gate 1x1536x576 nf4 by bf16",
        "Linear smollm2-135m gate 512x1536x576 bf16 by bf16",
        "Linear smollm2-135m gate 1x1536x576 q4_0",
        "Linear smollm2-135m gate 1x1536x576 q8_0",
        "Linear smollm2-135m gate 1x1536x576 q8_0 by int8",
        "Linear smollm2-135m gate 512x1536x576 q8_0 by int8",
        "Linear smollm2-135m down 512x576x1536 nf4",
        "LinearBackward smollm2-135m gate 1024x576x1536 f32",
        "LinearBackward smollm2-135m gate 1024x576x1536 nf4",
        "MatMul x·AT smollm2-135m gate A 1024x64x576",
        "MatMul dB=dYT·h smollm2-135m gate B 1536x64x1024",
        "Attention smollm2-135m 4 of 256 heads 9/3x64",
        "AttentionBackward smollm2-135m 4 of 256 heads 9/3x64",
        "Attention over a cache smollm2-135m 32 of 1 after 511 heads 9/3x64 f32",
        "RmsNorm smollm2-135m 1024x576",
        "GatedActivation smollm2-135m 1024x1536",
        "Rope smollm2-135m 1024x576",
        "Dropout smollm2-135m 1024x576",
        "CrossEntropy smollm2-135m 512x49152",
        "SampleTokens smollm2-135m 32x49152 temperature 0.7, top-p 0.95",
        "AdamWStep 8M values",
        "AdamW8bitStep 8M values"
    })
    private String operator;

    @Param({"1", "2"})
    private int threads;

    private Backend backend;
    private OperatorMeasurement.Ready ready;
    private int next;

    @Setup
    public void setUp() {
        List<OperatorBenchmark> table =
                OperatorTable.of(ModelShape.KNOWN, Arrays.asList(WeightFormat.values()), List.of(512, 32, 8, 1), 1024);
        OperatorBenchmark benchmark = table.stream()
                .filter(each -> each.toString().equals(operator))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no operator is called " + operator));
        backend = Backends.choose("cpu", threads);
        ready = new OperatorMeasurement(backend).prepare(benchmark);
        if (ready.difference() != null) {
            throw new IllegalStateException("wrong result of " + ready.difference());
        }
    }

    @TearDown
    public void tearDown() {
        ready.close();
        backend.close();
    }

    @Benchmark
    public void run() {
        List<Op> instances = ready.instances();
        backend.run(instances.get(next));
        next = next + 1 == instances.size() ? 0 : next + 1;
    }
}

package dev.errata.bench.jmh;

import dev.errata.bench.ops.FmaLoop;
import dev.errata.bench.ops.ReadLoop;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one thread can do at most, with {@code -t N} several at once: a call of {@link #arithmetic} is 240000 · lanes operations,
 * one of {@link #read} reads all of 512 MiB to 2 GiB.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CeilingsBenchmark {
    private ReadLoop reads;

    @Setup
    public void setUp() {
        reads = new ReadLoop(1);
    }

    @TearDown
    public void tearDown() {
        reads.close();
    }

    @Benchmark
    public float arithmetic() {
        return FmaLoop.pass();
    }

    @Benchmark
    public void read() {
        reads.run(0);
    }
}

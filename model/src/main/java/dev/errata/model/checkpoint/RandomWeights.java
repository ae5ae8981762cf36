package dev.errata.model.checkpoint;

import dev.errata.model.file.SafetensorsWriter;
import dev.errata.quant.HalfFloats;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/**
 * The weights that transformers gives a new model: matrices normal with the config's {@code initializer_range}, norms 1
 * or what the family stores less of it, biases 0. Element i of a tensor depends on seed, name and i alone, so threads don't change it. A chunk at a time is in
 * memory.
 */
final class RandomWeights implements AutoCloseable {
    private static final int CHUNK = 1 << 20;
    private static final int PART = 1 << 14;

    private final long seed;
    private final double deviation;
    private final float norm;
    private final DType dtype;
    private final ForkJoinPool pool;
    private final Arena arena = Arena.ofConfined();
    private final float[] values = new float[CHUNK];
    private final MemorySegment stored;

    /**
     * @param norm the weight of norms
     * @param dtype F32, BF16 or F16
     * @param threads 0: as many as the machine has
     */
    RandomWeights(long seed, double deviation, float norm, DType dtype, int threads) {
        this.seed = seed;
        this.deviation = deviation;
        this.norm = norm;
        this.dtype = dtype;
        this.pool = new ForkJoinPool(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        this.stored = arena.allocate((long) CHUNK * dtype.bytes(), Long.BYTES);
    }

    /** Writes a whole tensor. */
    void write(SafetensorsWriter.Plan plan, SafetensorsWriter writer) {
        long elements = plan.shape().elements();
        long stream = Philox.stream("init", plan.name());
        for (long from = 0; from < elements; from += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - from);
            fill(plan, stream, from, count);
            HalfFloats.narrow(values, 0, count, stored, dtype, 0);
            writer.write(plan.name(), stored.asSlice(0, (long) count * dtype.bytes()));
        }
    }

    private void fill(SafetensorsWriter.Plan plan, long stream, long from, int count) {
        if (plan.shape().rank() == 1) {
            Arrays.fill(values, 0, count, plan.name().endsWith(".bias") ? 0 : norm);
            return;
        }
        pool.submit(() -> IntStream.range(0, Math.ceilDiv(count, PART))
                        .parallel()
                        .forEach(part -> draw(stream, from, part * PART, Math.min(count, (part + 1) * PART))))
                .join();
    }

    private void draw(long stream, long from, int begin, int end) {
        for (int i = begin; i < end; i++) {
            values[i] = (float) (deviation * Philox.normal(seed, stream, from + i));
        }
    }

    @Override
    public void close() {
        pool.close();
        arena.close();
    }
}

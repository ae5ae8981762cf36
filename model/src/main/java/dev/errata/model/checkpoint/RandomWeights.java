package dev.errata.model.checkpoint;

import dev.errata.model.file.SafetensorsWriter;
import dev.errata.quant.HalfFloats;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.stream.IntStream;

/**
 * The weights that transformers gives a new model: matrices normal with the config's {@code initializer_range}, norms 1
 * or what the family stores less of it, biases 0. Element i of a tensor depends on seed, name and i alone, so threads don't change it. While a chunk is
 * written the next is drawn: two are in memory.
 */
final class RandomWeights implements AutoCloseable {
    private static final int CHUNK = 1 << 20;
    private static final int PART = 1 << 14;

    private final long seed;
    private final double deviation;
    private final float norm;
    private final DType dtype;
    private final ForkJoinPool pool;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment[] stored = new MemorySegment[2];

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
        for (int i = 0; i < stored.length; i++) {
            stored[i] = arena.allocate((long) CHUNK * dtype.bytes(), Long.BYTES);
        }
    }

    /** Writes a whole tensor. */
    void write(SafetensorsWriter.Plan plan, SafetensorsWriter writer) {
        long elements = plan.shape().elements();
        ForkJoinTask<?> next = fill(plan, 0, stored[0]);
        for (long from = 0; from < elements; from += CHUNK) {
            next.join();
            MemorySegment drawn = stored[(int) (from / CHUNK % 2)];
            next = fill(plan, from + CHUNK, stored[(int) ((from / CHUNK + 1) % 2)]);
            writer.write(plan.name(), drawn.asSlice(0, count(plan, from) * dtype.bytes()));
        }
        next.join();
    }

    /** Elements of the chunk that begins at one; 0 behind the last. */
    private static long count(SafetensorsWriter.Plan plan, long from) {
        return Math.clamp(plan.shape().elements() - from, 0, CHUNK);
    }

    /** Begins to fill a chunk. */
    private ForkJoinTask<?> fill(SafetensorsWriter.Plan plan, long from, MemorySegment to) {
        long stream = Philox.stream("init", plan.name());
        int count = (int) count(plan, from);
        return pool.submit(() -> IntStream.range(0, Math.ceilDiv(count, PART))
                .parallel()
                .forEach(part -> {
                    int begin = part * PART;
                    float[] values = values(plan, stream, from + begin, Math.min(PART, count - begin));
                    HalfFloats.narrow(values, 0, values.length, to, dtype, begin);
                }));
    }

    private float[] values(SafetensorsWriter.Plan plan, long stream, long from, int count) {
        float[] values = new float[count];
        if (plan.shape().rank() == 1) {
            Arrays.fill(values, plan.name().endsWith(".bias") ? 0 : norm);
        } else {
            new NormalFloats().draw(seed, stream, from, deviation, values, 0, count);
        }
        return values;
    }

    @Override
    public void close() {
        pool.close();
        arena.close();
    }
}

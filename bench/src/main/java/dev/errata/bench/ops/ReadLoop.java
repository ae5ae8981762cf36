package dev.errata.bench.ops;

import dev.errata.tensor.MemoryPool;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads memory of the kind that tensors lie in, each thread a part of it from the first byte to the last. There is four times as
 * much as the largest cache holds, between 512 MiB and 2 GiB.
 */
public final class ReadLoop implements AutoCloseable {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int LANE_BYTES = S.vectorByteSize();
    private static final int CHAINS = 8;
    private static final int PIECE = 1 << 16;
    /** Takes the results, so that they are needed. */
    @SuppressWarnings("unused")
    private static volatile float sink;

    private final MemoryPool pool = new MemoryPool();
    private final MemorySegment memory;
    private final long bytesOfThread;

    public ReadLoop(int threads) {
        long bytes = Math.clamp(4 * Caches.largestBytes(), 512L << 20, 2L << 30);
        bytesOfThread = bytes / threads / PIECE * PIECE;
        memory = pool.allocate("what is read", bytesOfThread * threads).segment();
        memory.fill((byte) 0);
    }

    /** Bytes that a thread reads. */
    public long bytesOfThread() {
        return bytesOfThread;
    }

    /** Reads the part of a thread, numbered from 0. */
    public void run(int thread) {
        long begin = thread * bytesOfThread;
        float sum = 0;
        for (long at = begin; at < begin + bytesOfThread; at += PIECE) {
            sum += piece(memory.asSlice(at, PIECE));
        }
        sink = sum;
    }

    private static float piece(MemorySegment piece) {
        FloatVector c0 = FloatVector.zero(S);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        FloatVector c4 = c0;
        FloatVector c5 = c0;
        FloatVector c6 = c0;
        FloatVector c7 = c0;
        for (int at = 0; at < PIECE; at += CHAINS * LANE_BYTES) {
            c0 = c0.add(load(piece, at));
            c1 = c1.add(load(piece, at + LANE_BYTES));
            c2 = c2.add(load(piece, at + 2 * LANE_BYTES));
            c3 = c3.add(load(piece, at + 3 * LANE_BYTES));
            c4 = c4.add(load(piece, at + 4 * LANE_BYTES));
            c5 = c5.add(load(piece, at + 5 * LANE_BYTES));
            c6 = c6.add(load(piece, at + 6 * LANE_BYTES));
            c7 = c7.add(load(piece, at + 7 * LANE_BYTES));
        }
        return c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).lane(0);
    }

    private static FloatVector load(MemorySegment piece, long at) {
        return FloatVector.fromMemorySegment(S, piece, at, ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        pool.close();
    }
}

package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import java.util.List;

/**
 * Attention of one query a row over a {@link KeyCache}, and adding rows to it. Bits of a row depend on its own keys
 * alone, not on the rows beside it.
 */
public final class DecodeAttentionKernels {
    private static final String FILE = "attention_decode";
    private static final int APPENDING = 128;
    /** Elements that a thread of it takes at a time. */
    private static final int APPENDED = 8;

    private static final int COMBINING = 256;
    private static final int PART = 512;
    private static final int TILE = 16;
    private static final int LARGEST_HEAD = 256;
    private static final int LANES = 32;
    /** Heads that a kernel takes at most. */
    private static final int MOST_TOGETHER = 4;

    /** What an element of K's rows in shared memory is longer by. */
    private static final int PADDING = 32;

    private final KernelLibrary library;

    public DecodeAttentionKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * Warps of a block: a tile of keys and values of each fits in the shared memory of every device, 99 KiB a block.
     */
    private static int warps(DType dtype, int headDim) {
        return headDim * dtype.bytes() <= 512 ? 4 : 2;
    }

    /** What the tiles take, or in the end the sums of each slice of a warp's lanes. */
    private static int sharedBytes(DType dtype, int headDim, int heads) {
        int row = headDim * dtype.bytes();
        int tiles = TILE * (2 * row + PADDING);
        int slices = LANES / Math.min(LANES, row / 16);
        return warps(dtype, headDim) * Math.max(tiles, slices * heads * headDim * Float.BYTES);
    }

    /**
     * Heads that share a key head and go through the cache together: as many as there are kernels for, but fewer where
     * that would leave multiprocessors without a block. A head's bits are the same.
     */
    private int together(AttentionShape shape, long partsOfAll) {
        int multiprocessors = library.driver().properties().multiprocessors();
        int together = Integer.highestOneBit(Math.min(MOST_TOGETHER, 2 * shape.group() - 1));
        while (together > 1
                && (long) shape.keyHeads() * Math.ceilDiv(shape.group(), together) * partsOfAll < multiprocessors) {
            together /= 2;
        }
        return together;
    }

    /**
     * Bytes of scratch for {@link #attend}: what parts of long queries leave to be put together, and rounded scores.
     */
    public static long scratchBytes(AttentionShape shape, int queries, int longest) {
        int parts = parts(longest);
        if (parts < 2) {
            return 0;
        }
        long all = (long) queries * shape.heads() * parts;
        return sumsBytes(shape, all) + (shape.rounding() ? all * PART * Short.BYTES : 0);
    }

    private static long sumsBytes(AttentionShape shape, long parts) {
        return Float.BYTES * (Math.ceilDiv(2 * parts, 4) * 4 + parts * shape.headDim());
    }

    /**
     * out [N, H·D] = attention of q [N, H·D], each f32 or bf16; query n sees keys 0 to length[n] − 1 of its sequence.
     *
     * @param sequence I32 [N], the row of the cache's table or of its starts; 0 where query n is of sequence n
     * @param length I32 [N]
     * @param longest at least the largest of them: the grid covers so many keys
     * @param lse f32 [N, H], or 0
     * @param scratch of {@link #scratchBytes}
     */
    public void attend(
            AttentionShape shape,
            DeviceRows q,
            KeyCache cache,
            long sequence,
            long length,
            int queries,
            int longest,
            DeviceRows out,
            long lse,
            long scratch,
            long stream) {
        attend(shape, q, cache, sequence, length, 0, 0, queries, longest, out, lse, scratch, stream);
    }

    /**
     * The same for those segments that have exactly one query; others are left out, for {@link
     * AttentionKernels#forward}.
     *
     * @param scratch of {@link #scratchBytes} for as many queries as segments
     */
    public void attend(
            AttentionShape shape,
            DeviceSegments segments,
            DeviceRows q,
            DeviceRows k,
            DeviceRows v,
            DeviceRows out,
            long lse,
            long scratch,
            long stream) {
        if (k.stride() != v.stride() || k.dtype() != v.dtype()) {
            throw new IllegalArgumentException("keys and values are alike in a cache, here " + k + " and " + v);
        }
        KeyCache cache = segments.inBlocks()
                ? KeyCache.paged(
                        k.dtype(),
                        k.address(),
                        v.address(),
                        k.stride(),
                        segments.table(),
                        segments.tableStride(),
                        segments.blockTokens())
                : KeyCache.contiguous(k.dtype(), k.address(), v.address(), k.stride(), segments.keyStart());
        attend(
                shape,
                q,
                cache,
                0,
                segments.keyLength(),
                segments.queryStart(),
                segments.queryLength(),
                segments.count(),
                segments.longestKey(),
                out,
                lse,
                scratch,
                stream);
    }

    /**
     * Whether a cache of such rows with such heads has a kernel.
     *
     * @param rounding as in {@link AttentionShape}
     */
    public static boolean takes(DType dtype, int headDim, int stride, boolean rounding) {
        boolean known = dtype == DType.BF16 || (dtype == DType.F32 && !rounding);
        return known
                && headDim <= LARGEST_HEAD
                && headDim % (16 / dtype.bytes()) == 0
                && stride % (16 / dtype.bytes()) == 0;
    }

    private void attend(
            AttentionShape shape,
            DeviceRows q,
            KeyCache cache,
            long sequence,
            long length,
            long queryStart,
            long queryLength,
            int queries,
            int longest,
            DeviceRows out,
            long lse,
            long scratch,
            long stream) {
        check(shape, cache);
        int parts = parts(longest);
        int together = together(shape, (long) parts * queries);
        long scores = scratch + sumsBytes(shape, (long) queries * shape.heads() * parts);
        KernelArguments arguments = new KernelArguments()
                .address(q.address())
                .address(cache.k())
                .address(cache.v())
                .address(out.address())
                .address(lse)
                .address(scratch)
                .address(scores)
                .address(cache.table())
                .address(sequence)
                .address(cache.keyStart())
                .address(length)
                .address(queryStart)
                .address(queryLength)
                .i32(cache.tableStride())
                .i32(cache.blockTokens())
                .i32(shape.group())
                .i32(shape.headDim())
                .i32(q.stride())
                .i32(cache.stride())
                .i32(out.stride())
                .f32(shape.scale())
                .f32(shape.softCap())
                .i32(shape.window())
                .i32(q.f32() ? 1 : 0)
                .i32(out.f32() ? 1 : 0);
        int chunks = Math.ceilDiv(shape.group(), together);
        int shared = sharedBytes(cache.dtype(), shape.headDim(), together);
        int threads = warps(cache.dtype(), shape.headDim()) * LANES;
        Launch launch = new Launch(shape.keyHeads() * chunks, parts, queries, threads, 1, 1, shared);
        List<String> steps =
                !shape.rounding() ? List.of("") : parts < 2 ? List.of("rounded_") : List.of("scores_", "mix_");
        String type = cache.dtype() == DType.F32 ? "f32" : "bf16";
        for (String step : steps) {
            library.kernel(FILE, "attention_decode_" + step + type + "_g" + together)
                    .launch(launch, arguments, stream);
        }
        if (parts < 2) {
            return;
        }
        arguments = new KernelArguments()
                .address(scratch)
                .address(out.address())
                .address(lse)
                .address(length)
                .address(queryStart)
                .address(queryLength)
                .i32(parts)
                .i32(shape.headDim())
                .i32(out.stride())
                .i32(shape.window())
                .i32(out.f32() ? 1 : 0)
                .i32(shape.rounding() ? 1 : 0);
        library.kernel(FILE, "attention_decode_combine")
                .launch(Launch.of(shape.heads(), queries, COMBINING), arguments, stream);
    }

    /** Whether {@link #append} takes rows of keys or values to such a cache. */
    static boolean appends(DeviceRows rows, DeviceRows cache) {
        boolean known = (rows.f32() || rows.dtype() == DType.BF16) && (cache.f32() || cache.dtype() == DType.BF16);
        return known
                && rows.aligned()
                && cache.aligned()
                && (rows.f32() || !cache.f32())
                && rows.stride() % APPENDED == 0;
    }

    /**
     * Row n of k and v [N, K·D] becomes row places[n] of the caches; f32 rows go to f32 or bf16 caches, bf16 rows to
     * bf16 ones. Rows with a place outside of {@code cacheRows} are left out.
     *
     * @param places I32 [N], without repeats
     */
    public void append(
            DeviceRows k,
            DeviceRows v,
            DeviceRows kCache,
            DeviceRows vCache,
            long places,
            long cacheRows,
            int rows,
            long stream) {
        if (!appends(k, kCache) || !appends(v, vCache) || k.dtype() != v.dtype() || kCache.dtype() != vCache.dtype()) {
            throw new IllegalArgumentException(
                    "rows of " + k + " and " + v + " don't go to caches of " + kCache + " and " + vCache);
        }
        KernelArguments arguments = new KernelArguments()
                .address(k.address())
                .address(v.address())
                .address(kCache.address())
                .address(vCache.address())
                .address(places)
                .i64(cacheRows)
                .i32(k.stride())
                .i32(k.stride())
                .i32(kCache.stride());
        String entry = "cache_append_" + (kCache.f32() ? "f32" : k.f32() ? "f32_to_bf16" : "bf16");
        library.kernel(FILE, entry).launch(Launch.of(rows, APPENDING), arguments, stream);
    }

    private static void check(AttentionShape shape, KeyCache cache) {
        if (!takes(cache.dtype(), shape.headDim(), cache.stride(), shape.rounding())) {
            throw new IllegalArgumentException("no decoding attention for a " + cache.dtype() + " cache with heads of "
                    + shape.headDim() + " in rows of " + cache.stride());
        }
    }

    private static int parts(int longest) {
        return Math.max(1, Math.ceilDiv(longest, PART));
    }
}

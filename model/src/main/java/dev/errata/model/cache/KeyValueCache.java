package dev.errata.model.cache;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import java.util.List;

/**
 * Keys and values of sequences that grow, in blocks of {@link #BLOCK_TOKENS} tokens that a table names for each sequence, as
 * in vLLM (Kwon et al. 2023). Memory follows the tokens that are held: a sequence takes blocks as it grows and gives them
 * back as it ends, and sequences with the same beginning share its blocks. A block that is shared and partly filled is
 * copied when one of its sequences goes on.
 *
 * <p>Each layer has a tensor of keys and one of values, [blocks, BLOCK_TOKENS, K·D]. Where there are too few blocks they grow
 * by half, a layer at a time, up to a bound.
 */
public final class KeyValueCache implements AutoCloseable {
    /** Tokens of a block. */
    public static final int BLOCK_TOKENS = Op.WriteKeyValues.BLOCK_TOKENS;

    private static final int FEWEST_BLOCKS = 8;

    private final Backend backend;
    private final DType dtype;
    private final int keyValueWidth;
    private final int mostBlocks;
    private final BlockPool pool = new BlockPool();
    private final Layer[] layers;

    /** Keys and values of one layer, in a scope of their own. */
    private record Layer(Scope scope, Tensor keys, Tensor values) {}

    /**
     * @param dtype F32 or BF16: what keys and values are rounded to
     * @param mostBlocks what it never grows beyond; {@link #blocks(int)} of all sequences at their longest
     */
    public KeyValueCache(Backend backend, ModelConfig config, DType dtype, int mostBlocks) {
        this.backend = backend;
        this.dtype = dtype;
        this.mostBlocks = mostBlocks;
        this.keyValueWidth = config.keyValueWidth();
        this.layers = new Layer[config.numHiddenLayers()];
    }

    /** Blocks that so many tokens of one sequence take. */
    public static int blocks(int tokens) {
        return Math.ceilDiv(tokens, BLOCK_TOKENS);
    }

    /** A sequence without tokens. */
    public CachedSequence open() {
        return new CachedSequence();
    }

    /**
     * A sequence that begins with the first tokens of another and holds the same blocks. Whole blocks may be shared before
     * they are written; the tokens of a last one that isn't whole must have been.
     *
     * @param tokens at most the other's length
     */
    public CachedSequence share(CachedSequence other, int tokens) {
        if (tokens > other.length()) {
            throw new IllegalArgumentException(tokens + " tokens of a sequence of " + other.length());
        }
        CachedSequence sequence = new CachedSequence();
        for (int i = 0; i < blocks(tokens); i++) {
            pool.share(other.block(i));
            sequence.add(other.block(i));
        }
        sequence.length(tokens);
        return sequence;
    }

    /**
     * Makes room for tokens up to a length. The place of each is then fixed: {@link #slot}.
     *
     * @throws IllegalStateException if that takes more blocks than there may be
     */
    public void extend(CachedSequence sequence, int length) {
        if (length <= sequence.length()) {
            return;
        }
        boolean copies = sequence.length() % BLOCK_TOKENS != 0 && pool.isShared(sequence.block(sequence.blocks() - 1));
        require(blocks(length) - sequence.blocks() + (copies ? 1 : 0));
        if (copies) {
            int last = sequence.block(sequence.blocks() - 1);
            int own = pool.take();
            copy(last, own);
            pool.release(last);
            sequence.replaceLast(own);
        }
        while (sequence.blocks() < blocks(length)) {
            sequence.add(pool.take());
        }
        sequence.length(length);
    }

    /** Gives a sequence's blocks back, but for those that others hold. */
    public void release(CachedSequence sequence) {
        for (int i = 0; i < sequence.blocks(); i++) {
            pool.release(sequence.block(i));
        }
        sequence.clear();
    }

    /** Where the keys and values of a token go; see {@link Op.WriteKeyValues}. */
    public int slot(CachedSequence sequence, int position) {
        return sequence.block(position / BLOCK_TOKENS) * BLOCK_TOKENS + position % BLOCK_TOKENS;
    }

    /**
     * The blocks of some sequences.
     *
     * @param width blocks a row, at least the most that one has; what is behind a sequence's last is 0
     * @return [sequences, width], row-major
     */
    public int[] table(List<CachedSequence> sequences, int width) {
        int[] table = new int[Math.multiplyExact(sequences.size(), width)];
        for (int s = 0; s < sequences.size(); s++) {
            for (int i = 0; i < sequences.get(s).blocks(); i++) {
                table[s * width + i] = sequences.get(s).block(i);
            }
        }
        return table;
    }

    /**
     * The last tokens of each sequence as queries, packed one after another, and all of its tokens as keys.
     *
     * @param queryLength how many tokens of each
     * @param width as in {@link #table}; the same from step to step where operators are to stay the same
     */
    public Segments segments(Scope scope, List<CachedSequence> sequences, int[] queryLength, int width) {
        int[] keyLength = sequences.stream().mapToInt(CachedSequence::length).toArray();
        return SegmentBounds.ofQueries(queryLength, keyLength)
                .on(scope, table(sequences, width), width, pool.size(), BLOCK_TOKENS);
    }

    /** [blocks, BLOCK_TOKENS, K·D]; another tensor after the cache has grown. */
    public Tensor keys(int layer) {
        return layers[layer].keys();
    }

    /** As {@link #keys}. */
    public Tensor values(int layer) {
        return layers[layer].values();
    }

    /** Blocks that are there, held or free. */
    public int size() {
        return pool.size();
    }

    /** Blocks that sequences hold. */
    public int held() {
        return pool.size() - pool.free();
    }

    private void require(int blocks) {
        if (blocks <= pool.free()) {
            return;
        }
        int needed = held() + blocks;
        if (needed > mostBlocks) {
            throw new IllegalStateException(
                    "a cache of at most " + mostBlocks + " blocks is asked for " + needed + " at a time");
        }
        int size = Math.max(FEWEST_BLOCKS, Math.max(needed, pool.size() + pool.size() / 2));
        grow(Math.min(mostBlocks, size));
    }

    private void grow(int size) {
        for (int layer = 0; layer < layers.length; layer++) {
            Layer old = layers[layer];
            Scope scope = new Scope("cache of layer " + layer, backend);
            Tensor keys = scope.allocate("keys of layer " + layer, dtype, size, BLOCK_TOKENS, keyValueWidth);
            Tensor values = scope.allocate("values of layer " + layer, dtype, size, BLOCK_TOKENS, keyValueWidth);
            layers[layer] = new Layer(scope, keys, values);
            if (old != null) {
                backend.run(new Op.Copy(old.keys(), blocks(keys, 0, pool.size())));
                backend.run(new Op.Copy(old.values(), blocks(values, 0, pool.size())));
                old.scope().close();
            }
        }
        pool.grow(size);
    }

    private void copy(int from, int to) {
        for (Layer layer : layers) {
            backend.run(new Op.Copy(blocks(layer.keys(), from, 1), blocks(layer.keys(), to, 1)));
            backend.run(new Op.Copy(blocks(layer.values(), from, 1), blocks(layer.values(), to, 1)));
        }
    }

    /** Blocks are moved as a whole, however a backend orders what is in them. */
    private Tensor blocks(Tensor cache, int from, int count) {
        long blockBytes = (long) BLOCK_TOKENS * keyValueWidth * dtype.bytes();
        return cache.window("blocks", dtype, from * blockBytes, count, BLOCK_TOKENS, keyValueWidth);
    }

    @Override
    public void close() {
        for (Layer layer : layers) {
            if (layer != null) {
                layer.scope().close();
            }
        }
    }
}

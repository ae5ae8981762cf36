package dev.errata.model.cache;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.List;

/**
 * Keys and values of sequences that grow, in blocks of {@link #BLOCK_TOKENS} tokens that a table names for each sequence, as
 * in vLLM (Kwon et al. 2023). Memory follows the tokens that are held: a sequence takes blocks as it grows and gives them
 * back as it ends, and sequences with the same beginning share its blocks. A block that is shared and partly filled is
 * copied when one of its sequences goes on.
 *
 * <p>What whole blocks hold of ended sequences can be {@linkplain #keep kept} for those that {@linkplain #begin begin} alike.
 * Kept blocks that no sequence holds are given up, the one used longest ago first, once the cache may not grow any more.
 *
 * <p>Each layer has a tensor of keys and one of values, [blocks, BLOCK_TOKENS, K·D]. Where there are too few blocks they grow
 * by an eighth, a layer at a time, up to a bound.
 */
public final class KeyValueCache implements AutoCloseable {
    /** Tokens of a block. */
    public static final int BLOCK_TOKENS = Op.WriteKeyValues.BLOCK_TOKENS;

    private static final int FEWEST_BLOCKS = 8;

    private final Backend backend;
    private final DType dtype;
    private final int keyValueWidth;
    private final BlockPool pool = new BlockPool();
    private final CachedPrefixes prefixes = new CachedPrefixes(pool);
    private final Layer[] layers;
    private int mostBlocks;

    /** Keys and values of one layer, in a scope of their own. */
    private record Layer(Scope scope, Tensor keys, Tensor values) {}

    /**
     * @param dtype F32 or BF16: what keys and values are rounded to
     * @param mostBlocks what it never grows beyond, as {@link #blocks(int)} of all sequences at their longest
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

    /** Bytes of a block in all layers. */
    public static long blockBytes(ModelConfig config, DType dtype) {
        return 2L * config.numHiddenLayers() * BLOCK_TOKENS * config.keyValueWidth() * dtype.bytes();
    }

    /** A sequence without tokens. */
    public CachedSequence open() {
        return new CachedSequence();
    }

    /**
     * A sequence that begins with what is kept of some tokens: whole blocks.
     *
     * @param kind as in {@link #keep}
     * @param most tokens that it may begin with
     */
    public CachedSequence begin(String kind, int[] tokens, int most) {
        CachedSequence sequence = new CachedSequence();
        prefixes.share(kind, tokens, most / BLOCK_TOKENS, sequence);
        return sequence;
    }

    /**
     * Keeps the whole blocks of a sequence's first tokens for others that begin with them. They may be kept before they are
     * written, as long as nobody reads them before.
     *
     * @param kind what else the keys and values depend on, as the name of an adapter; may be null
     * @param tokens those of the sequence from its first on
     * @param count how many of them
     */
    public void keep(String kind, int[] tokens, int count, CachedSequence sequence) {
        prefixes.add(kind, tokens, count / BLOCK_TOKENS, sequence);
    }

    /** Gives up all that is kept and that no sequence holds. */
    public void forgetKept() {
        prefixes.clear();
    }

    /** Never lets it grow beyond more blocks than before. */
    public void mostBlocks(int blocks) {
        mostBlocks = Math.max(mostBlocks, blocks);
    }

    /** What it never grows beyond. */
    public int mostBlocks() {
        return mostBlocks;
    }

    /** Blocks that can be taken: free ones, those it may grow by, and those that are only kept. */
    public int available() {
        return pool.free() + pool.idle() + mostBlocks - pool.size();
    }

    /** Blocks that {@link #extend} would take. */
    public int needed(CachedSequence sequence, int length) {
        return length <= sequence.length() ? 0 : blocks(length) - sequence.blocks() + (copiesLast(sequence) ? 1 : 0);
    }

    private boolean copiesLast(CachedSequence sequence) {
        return sequence.length() % BLOCK_TOKENS != 0 && pool.isShared(sequence.block(sequence.blocks() - 1));
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
        require(needed(sequence, length));
        if (copiesLast(sequence)) {
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

    /** The most blocks that one of some sequences has: how wide a table of them is. */
    public int width(List<CachedSequence> sequences) {
        return sequences.stream().mapToInt(CachedSequence::blocks).max().orElse(0);
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
        return pool.size() - pool.free() - pool.idle();
    }

    /** Blocks that no sequence holds and that are kept. */
    public int kept() {
        return pool.idle();
    }

    private void require(int blocks) {
        if (blocks <= pool.free()) {
            return;
        }
        if (blocks > available()) {
            throw new IllegalStateException(
                    "a cache of at most " + mostBlocks + " blocks is asked for " + (held() + blocks) + " at a time");
        }
        int more = Math.max(Math.max(FEWEST_BLOCKS, pool.size() / 8), blocks - pool.free());
        grow(Math.min(mostBlocks, pool.size() + more));
        while (pool.free() < blocks && prefixes.evict()) {
            // One block after another.
        }
    }

    private void grow(int size) {
        if (size == pool.size()) {
            return;
        }
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

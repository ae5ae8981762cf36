package dev.errata.model.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * Beginnings of sequences whose keys and values are kept, as a tree of whole blocks: a path from a root spells tokens, {@link
 * KeyValueCache#BLOCK_TOKENS} a node, as in SGLang's radix attention (Zheng et al. 2024). A block stays after its sequence
 * has ended, until its memory is needed; what was used longest ago goes first.
 */
final class CachedPrefixes {
    private static final int BLOCK_TOKENS = KeyValueCache.BLOCK_TOKENS;

    private final BlockPool pool;
    /** By the name under which keys and values were made; the model without an adapter has null. */
    private final Map<String, Node> roots = new HashMap<>();
    /** The one used longest ago first. A node is always used later than what is behind it, so the first is a leaf. */
    private final LinkedHashSet<Node> byUse = new LinkedHashSet<>();

    /** The tokens of a block. */
    private record Key(int[] ids, int hash) {
        static Key of(int[] tokens, int block) {
            int[] ids = Arrays.copyOfRange(tokens, block * BLOCK_TOKENS, (block + 1) * BLOCK_TOKENS);
            return new Key(ids, Arrays.hashCode(ids));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key(int[] others, int otherHash) && hash == otherHash && Arrays.equals(ids, others);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** A block behind those of its parents. */
    private static final class Node {
        private final Node parent;
        private final Key key;
        private int block;
        private final Map<Key, Node> next = new HashMap<>(2);

        Node(Node parent, Key key, int block) {
            this.parent = parent;
            this.key = key;
            this.block = block;
        }
    }

    CachedPrefixes(BlockPool pool) {
        this.pool = pool;
    }

    /**
     * Takes part in the blocks that hold the beginning of some tokens.
     *
     * @param kind as in {@link #add}
     * @param most blocks
     * @param sequence without tokens
     */
    void share(String kind, int[] tokens, int most, CachedSequence sequence) {
        Node last = roots.get(kind);
        for (Node node = last; node != null && sequence.blocks() < most; ) {
            node = node.next.get(Key.of(tokens, sequence.blocks()));
            if (node != null) {
                pool.share(node.block);
                sequence.add(node.block);
                last = node;
            }
        }
        use(last);
        sequence.length(sequence.blocks() * BLOCK_TOKENS);
    }

    /**
     * Keeps the first blocks of a sequence. Where the same tokens are kept in a block that nobody holds, the sequence's takes
     * its place; where somebody holds it, no further ones are kept: so whoever holds a block holds all before it, and what
     * nobody holds can be given up from the ends on.
     *
     * @param kind what else keys and values depend on
     * @param tokens of the sequence, at least those of the blocks
     */
    void add(String kind, int[] tokens, int blocks, CachedSequence sequence) {
        Node node = roots.computeIfAbsent(kind, any -> new Node(null, null, -1));
        for (int block = 0; block < blocks; block++) {
            Key key = Key.of(tokens, block);
            Node found = node.next.get(key);
            int own = sequence.block(block);
            if (found == null) {
                found = new Node(node, key, own);
                pool.keep(own);
                node.next.put(key, found);
            } else if (found.block != own) {
                if (!pool.isIdle(found.block)) {
                    break;
                }
                pool.forget(found.block);
                pool.keep(own);
                found.block = own;
            }
            node = found;
        }
        use(node);
    }

    /** A path was used now: its end first, so that what it stands behind is used later. */
    private void use(Node end) {
        for (Node node = end; node != null && node.parent != null; node = node.parent) {
            byUse.remove(node);
            byUse.add(node);
        }
    }

    /**
     * Gives up a block that nobody holds.
     *
     * @return false if there is none
     */
    boolean evict() {
        for (Node node : byUse) {
            if (node.next.isEmpty() && pool.isIdle(node.block)) {
                remove(node);
                return true;
            }
        }
        return false;
    }

    /** Keeps nothing any more; blocks that sequences hold stay theirs. */
    void clear() {
        byUse.forEach(node -> pool.forget(node.block));
        byUse.clear();
        roots.clear();
    }

    private void remove(Node node) {
        byUse.remove(node);
        node.parent.next.remove(node.key);
        pool.forget(node.block);
    }
}

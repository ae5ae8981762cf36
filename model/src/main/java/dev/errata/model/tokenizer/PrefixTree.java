package dev.errata.model.tokenizer;

import java.util.Arrays;

/** Texts with ids, found character by character: a tree whose edges lie in one open hash table. */
final class PrefixTree {
    static final int ROOT = 0;
    /** There is no text that begins so. */
    static final int NOWHERE = -1;

    private long[] edges = new long[1 << 10];
    private int[] targets = new int[1 << 10];
    private int[] ids = new int[1 << 8];
    private int nodes = 1;

    PrefixTree() {
        ids[ROOT] = NOWHERE;
    }

    /** Adds a text; of equal texts the last one counts. */
    void put(String text, int id) {
        int node = ROOT;
        for (int i = 0; i < text.length(); i++) {
            int next = next(node, text.charAt(i));
            node = next == NOWHERE ? grow(node, text.charAt(i)) : next;
        }
        ids[node] = id;
    }

    /** The place after one more character, or {@link #NOWHERE}. */
    int next(int node, char character) {
        long edge = edge(node, character);
        int slot = slot(edge);
        return edges[slot] == edge ? targets[slot] : NOWHERE;
    }

    /** The id of the text that ends at this place, or −1. */
    int id(int node) {
        return ids[node];
    }

    private int grow(int from, char character) {
        if (2 * nodes >= edges.length) {
            rehash();
        }
        if (nodes == ids.length) {
            ids = Arrays.copyOf(ids, 2 * nodes);
        }
        int node = nodes++;
        ids[node] = NOWHERE;
        int slot = slot(edge(from, character));
        edges[slot] = edge(from, character);
        targets[slot] = node;
        return node;
    }

    private void rehash() {
        long[] oldEdges = edges;
        int[] oldTargets = targets;
        edges = new long[2 * oldEdges.length];
        targets = new int[edges.length];
        for (int i = 0; i < oldEdges.length; i++) {
            if (oldEdges[i] != 0) {
                int slot = slot(oldEdges[i]);
                edges[slot] = oldEdges[i];
                targets[slot] = oldTargets[i];
            }
        }
    }

    /** Never 0, which marks a free slot. */
    private static long edge(int node, char character) {
        return (long) (node + 1) << Character.SIZE | character;
    }

    private int slot(long edge) {
        long hash = edge * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> 32) & (edges.length - 1);
        while (edges[slot] != 0 && edges[slot] != edge) {
            slot = (slot + 1) & (edges.length - 1);
        }
        return slot;
    }
}

package dev.errata.model.tokenizer;

import java.util.Arrays;

/** A binary heap of candidate merges: smallest key first, each with a payload. Keys and payloads are plain longs. */
final class MergeQueue {
    private long[] keys = new long[64];
    private long[] payloads = new long[64];
    private int size;

    void clear() {
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long firstKey() {
        return keys[0];
    }

    long firstPayload() {
        return payloads[0];
    }

    void add(long key, long payload) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            payloads = Arrays.copyOf(payloads, size * 2);
        }
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (keys[parent] <= key) {
                break;
            }
            keys[at] = keys[parent];
            payloads[at] = payloads[parent];
            at = parent;
        }
        keys[at] = key;
        payloads[at] = payload;
    }

    void removeFirst() {
        size--;
        long key = keys[size];
        long payload = payloads[size];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[at] = keys[child];
            payloads[at] = payloads[child];
            at = child;
        }
        keys[at] = key;
        payloads[at] = payload;
    }
}

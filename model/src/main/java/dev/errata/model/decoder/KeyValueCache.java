package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;

/** Keys and values of sequences that grow: slot s of layer l holds rows s·capacity to (s + 1)·capacity. */
public final class KeyValueCache {
    private final Tensor[] keys;
    private final Tensor[] values;
    private final int capacity;

    /**
     * @param slots sequences at a time
     * @param capacity tokens a sequence may have
     */
    public KeyValueCache(Scope scope, ModelConfig config, int slots, int capacity) {
        this.capacity = capacity;
        this.keys = new Tensor[config.numHiddenLayers()];
        this.values = new Tensor[config.numHiddenLayers()];
        for (int layer = 0; layer < keys.length; layer++) {
            keys[layer] = scope.f32("keys of layer " + layer, (long) slots * capacity, config.keyValueWidth());
            values[layer] = scope.f32("values of layer " + layer, (long) slots * capacity, config.keyValueWidth());
        }
    }

    /** Tokens a sequence may have. */
    public int capacity() {
        return capacity;
    }

    /** The first row of a slot. */
    public int firstRow(int slot) {
        return slot * capacity;
    }

    Tensor keys(int layer) {
        return keys[layer];
    }

    Tensor values(int layer) {
        return values[layer];
    }
}

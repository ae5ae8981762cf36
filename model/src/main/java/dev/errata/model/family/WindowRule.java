package dev.errata.model.family;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which layers of a family see a window of keys only. */
public enum WindowRule {
    NONE,
    ALL_LAYERS,
    /** Those that {@code layer_types} says, or from {@code max_window_layers} on, if {@code use_sliding_window}. */
    SOME_LAYERS,
    /** Those that {@code layer_types} says, or the first, third and so on. */
    EVERY_SECOND_LAYER;

    /** The layers that see all keys where a file says no more than that there is a window. */
    public Set<Integer> fullLayers(int layers) {
        return this != EVERY_SECOND_LAYER
                ? Set.of()
                : IntStream.range(0, layers)
                        .filter(layer -> layer % 2 == 1)
                        .boxed()
                        .collect(Collectors.toUnmodifiableSet());
    }
}

package dev.errata.train.optimizer;

import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where trainable tensors lie in a buffer that holds all of them: one for values, one for gradients, and the optimizer's
 * state. Neighbours whose state has one format make a run, which one operator changes. Blocks of 8-bit state never reach from
 * one tensor into another: a tensor whose last block is short is a run of its own. Gaps between tensors hold zeros, which
 * count for nothing in a norm and stay zero in an update.
 *
 * @param places of the tensors, in the order given
 * @param elements of such a buffer, with its gaps
 */
public record FlatLayout(List<Place> places, List<Run> runs, long elements) {
    /** A tensor begins at a multiple of so many elements, 256 bytes. */
    private static final int ALIGNMENT = 64;

    /**
     * A tensor.
     *
     * @param run which of the runs it lies in
     * @param from its first element there
     */
    public record Place(String name, Shape shape, int run, long from) {}

    /**
     * Tensors one after another.
     *
     * @param first element in the buffer
     * @param elements with the gaps between its tensors
     */
    public record Run(StateFormat format, long first, long elements) {}

    /** Of tensors that an optimizer changes, by the names under which they are saved. */
    public static FlatLayout of(Map<String, Shape> shapes, Optimizer optimizer) {
        Map<StateFormat, List<String>> byFormat = new LinkedHashMap<>();
        shapes.forEach(
                (name, shape) -> byFormat.computeIfAbsent(optimizer.format(shape.elements()), _ -> new ArrayList<>())
                        .add(name));
        Map<String, Place> places = new LinkedHashMap<>();
        List<Run> runs = new ArrayList<>();
        byFormat.forEach((format, names) -> {
            List<String> whole = new ArrayList<>();
            for (String name : names) {
                if (shapes.get(name).elements() % format.block() == 0) {
                    whole.add(name);
                } else {
                    addRun(format, List.of(name), shapes, places, runs);
                }
            }
            if (!whole.isEmpty()) {
                addRun(format, whole, shapes, places, runs);
            }
        });
        return new FlatLayout(shapes.keySet().stream().map(places::get).toList(), List.copyOf(runs), end(runs));
    }

    /** The same for tensors as they are. */
    public static FlatLayout ofTensors(Map<String, Tensor> tensors, Optimizer optimizer) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return of(shapes, optimizer);
    }

    private static void addRun(
            StateFormat format,
            List<String> names,
            Map<String, Shape> shapes,
            Map<String, Place> places,
            List<Run> runs) {
        long first = aligned(end(runs), ALIGNMENT);
        long end = 0;
        for (String name : names) {
            long from = aligned(end, Math.max(ALIGNMENT, format.block()));
            places.put(name, new Place(name, shapes.get(name), runs.size(), from));
            end = from + shapes.get(name).elements();
        }
        runs.add(new Run(format, first, end));
    }

    private static long end(List<Run> runs) {
        return runs.isEmpty() ? 0 : runs.getLast().first() + runs.getLast().elements();
    }

    private static long aligned(long at, long step) {
        return (at + step - 1) / step * step;
    }
}

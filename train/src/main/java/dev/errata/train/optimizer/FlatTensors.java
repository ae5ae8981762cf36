package dev.errata.train.optimizer;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a layout in one F32 buffer, each a window of it. */
public final class FlatTensors {
    private final FlatLayout layout;
    private final Tensor buffer;
    private final Map<String, Tensor> byName = new LinkedHashMap<>();

    private FlatTensors(FlatLayout layout, Tensor buffer, String prefix) {
        this.layout = layout;
        this.buffer = buffer;
        for (FlatLayout.Place place : layout.places()) {
            long first = layout.runs().get(place.run()).first() + place.from();
            byName.put(
                    place.name(),
                    buffer.window(
                            prefix + place.name(),
                            DType.F32,
                            first * Float.BYTES,
                            place.shape().toArray()));
        }
    }

    /** Values to train, all zero. */
    public static FlatTensors values(FlatLayout layout, Scope scope) {
        return new FlatTensors(layout, scope.zeros("trained values", layout.elements()), "");
    }

    /** Gradients, all zero. */
    public static FlatTensors gradients(FlatLayout layout, Scope scope) {
        return new FlatTensors(layout, scope.zeros("gradients", layout.elements()), "gradient of ");
    }

    /**
     * Values to train that are those of tensors of a scope. The scope holds the buffer, and the tensors' own memory no more.
     */
    public static FlatTensors taking(Map<String, Tensor> tensors, Optimizer optimizer, Scope scope) {
        FlatTensors values = values(FlatLayout.ofTensors(tensors, optimizer), scope);
        try (Scope left = new Scope("moved", scope.backend())) {
            tensors.forEach((name, tensor) -> {
                values.set(name, tensor);
                scope.move(tensor, left);
            });
        }
        return values;
    }

    /** Gives a tensor its values. */
    public void set(String name, Tensor from) {
        buffer.scope().backend().run(new Op.Copy(from, byName.get(name)));
    }

    public FlatLayout layout() {
        return layout;
    }

    /** All of them, with the gaps between them. */
    public Tensor buffer() {
        return buffer;
    }

    /** Each tensor, in the layout's order. */
    public Map<String, Tensor> byName() {
        return Collections.unmodifiableMap(byName);
    }

    /** The elements of a run. */
    Tensor run(int index) {
        FlatLayout.Run run = layout.runs().get(index);
        return buffer.window(buffer.name(), DType.F32, run.first() * Float.BYTES, run.elements());
    }
}

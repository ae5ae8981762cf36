package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs operators on another backend and looks after each whether its tensors are finite. Slow: for a step that went wrong,
 * run once more. The values stay on their device; what crosses is the sum of their squares.
 */
final class NonFiniteWatch implements ForwardingBackend {
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d+)\\.");

    private final Backend inner;
    private final Tensor squares;
    private String place = "the embedding";
    private String found;

    /**
     * @param squares F64 [1], to work in
     */
    NonFiniteWatch(Backend inner, Tensor squares) {
        this.inner = inner;
        this.squares = squares;
    }

    /** The first operator with a tensor that isn't finite, and its layer; null where all were finite. */
    String found() {
        return found;
    }

    @Override
    public void run(Op op) {
        inner.run(op);
        if (found != null) {
            return;
        }
        List<Tensor> tensors = tensors(op);
        tensors.forEach(this::follow);
        for (Tensor tensor : tensors) {
            if (!isFinite(tensor)) {
                found = op.getClass().getSimpleName() + " in " + place + " (its tensor " + tensor.name() + ")";
                return;
            }
        }
    }

    /** Weights carry the names of their layers; what has no name of its own belongs to the layer seen last. */
    private void follow(Tensor tensor) {
        Matcher layer = LAYER.matcher(tensor.name());
        if (layer.find()) {
            place = "layer " + layer.group(1);
        } else if (tensor.name().contains("lm_head")) {
            place = "the output layer";
        } else if (tensor.name().equals("model.norm.weight")) {
            place = "the final norm";
        }
    }

    private boolean isFinite(Tensor tensor) {
        if (!tensor.dtype().isFloat() || tensor.dtype() == DType.F64) {
            return true;
        }
        inner.run(new Op.SumSquares(tensor, squares, false));
        double[] sum = new double[1];
        inner.download(squares, MemorySegment.ofArray(sum));
        return Double.isFinite(sum[0]);
    }

    private static List<Tensor> tensors(Op op) {
        List<Tensor> tensors = new ArrayList<>();
        for (RecordComponent component : op.getClass().getRecordComponents()) {
            try {
                switch (component.getAccessor().invoke(op)) {
                    case Tensor tensor -> tensors.add(tensor);
                    case Weight weight -> tensors.addAll(weight.tensors());
                    case null, default -> {}
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("an operator that can't be read", e);
            }
        }
        return tensors;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** The watched backend stays open. */
    @Override
    public void close() {}
}

package dev.errata.model.adapter;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.LoraEmbedding;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The weights of a model with an adapter added to them, one at a time, as PEFT's {@code merge_and_unload} gives them: W +
 * scale · B · A, its rows brought to their trained lengths with DoRA, and what the adapter trained whole instead. 4-bit
 * weights are dequantized first.
 */
public final class AdapterMerge {
    private final Decoder decoder;
    private final LoraAdapter adapter;
    private final Map<String, Weight> base = new LinkedHashMap<>();
    private double baseSquares;
    private double deltaSquares;
    private int changed;

    /**
     * To be made before the adapter is attached to the decoder, as that may put other tensors in the place of its own.
     */
    public AdapterMerge(Decoder decoder, LoraAdapter adapter) {
        this.decoder = decoder;
        this.adapter = adapter;
        decoder.shapes().keySet().forEach(name -> base.put(name, decoder.weight(name)));
        if (untiesOutput()) {
            base.put(DecoderLayout.LM_HEAD, decoder.weight(DecoderLayout.LM_HEAD));
        }
    }

    /** The tensors of the merged model in the order of the forward pass. */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        base.forEach((name, weight) -> shapes.put(
                name,
                weight instanceof Weight.Dense(Tensor tensor) ? tensor.shape() : Shape.of(weight.out(), weight.in())));
        return shapes;
    }

    /** Whether the model ties its output layer to the embedding and the adapter changes one of them alone. */
    public boolean untiesOutput() {
        WholeTensors whole = adapter.whole();
        boolean adaptsAnEnd = adapter.embedding() != null || adapter.layers().containsKey(DecoderLayout.OUTPUT);
        boolean bringsAnEnd =
                whole.all().containsKey(DecoderLayout.EMBEDDING) || whole.all().containsKey(DecoderLayout.LM_HEAD);
        boolean apart = adaptsAnEnd || (bringsAnEnd && !whole.bringsBothAsOne());
        return decoder.config().tieWordEmbeddings() && apart && !whole.tiesOutput();
    }

    /**
     * The elements of a merged tensor, F32, row-major; counts it for the norms.
     *
     * @param arena how long they live
     */
    public MemorySegment merged(String name, Arena arena) {
        Backend backend = decoder.backend();
        try (Scope scope = new Scope("merge", backend)) {
            Tensor original = dense(base.get(name), scope);
            Tensor start = adapter.whole().all().getOrDefault(name, original);
            String module = name.substring(0, name.lastIndexOf('.'));
            LoraLayer lora = name.endsWith(".weight") ? adapter.layers().get(module) : null;
            LoraEmbedding embedding = name.equals(DecoderLayout.EMBEDDING) ? adapter.embedding() : null;
            MemorySegment values = arena.allocate(original.bytes(), 64);
            if (lora != null) {
                backend.download(sum(start, lora.b(), lora.a(), false, lora.scale(), scope), values);
                scaleRows(start, lora, values, scope);
            } else if (embedding != null) {
                backend.download(sum(start, embedding.a(), embedding.b(), true, embedding.scale(), scope), values);
            } else {
                backend.download(start, values);
            }
            if (lora != null || embedding != null || start != original) {
                count(original, values, arena);
            }
            return values;
        }
    }

    private static Tensor dense(Weight weight, Scope scope) {
        if (weight instanceof Weight.Dense(Tensor tensor) && tensor.dtype() == DType.F32) {
            return tensor;
        }
        Tensor out = scope.f32("dequantized", weight.out(), weight.in());
        scope.backend().run(new Op.Dequantize(weight, out));
        return out;
    }

    /** weight + scale · left · right, or rightᵀ. */
    private static Tensor sum(Tensor weight, Tensor left, Tensor right, boolean transposed, float scale, Scope scope) {
        Tensor sum = scope.f32("merged", weight.shape().toArray());
        scope.backend().run(new Op.Copy(weight, sum));
        scope.backend().run(new Op.MatMul(left, right, sum, false, transposed, scale, true));
        return sum;
    }

    /** With DoRA: each row times magnitude / norm. */
    private static void scaleRows(Tensor weight, LoraLayer lora, MemorySegment values, Scope scope) {
        if (lora.magnitude() == null) {
            return;
        }
        Tensor norm = scope.f32("row norms", weight.rows());
        Weight dense = new Weight.Dense(weight);
        scope.backend().run(new Op.LoraRowNorm(dense, lora.a(), lora.b(), lora.scale(), norm));
        float[] norms = host(norm);
        float[] lengths = host(lora.magnitude().lengths());
        long columns = weight.columns();
        for (int row = 0; row < norms.length; row++) {
            float factor = lengths[row] / norms[row];
            for (long i = row * columns; i < (row + 1) * columns; i++) {
                float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                values.setAtIndex(ValueLayout.JAVA_FLOAT, i, value * factor);
            }
        }
    }

    private static float[] host(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.scope().backend().download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    private void count(Tensor original, MemorySegment values, Arena arena) {
        MemorySegment before = arena.allocate(original.bytes(), 64);
        decoder.backend().download(original, before);
        for (long i = 0; i < original.elements(); i++) {
            double old = before.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            double delta = values.getAtIndex(ValueLayout.JAVA_FLOAT, i) - old;
            baseSquares += old * old;
            deltaSquares += delta * delta;
        }
        changed++;
    }

    /** Tensors so far that differ from the model's own. */
    public int changed() {
        return changed;
    }

    /** The Frobenius norm of the model's own weights where they were changed, over all of them together. */
    public double baseNorm() {
        return Math.sqrt(baseSquares);
    }

    /** The Frobenius norm of the changes, over all of them together. */
    public double deltaNorm() {
        return Math.sqrt(deltaSquares);
    }
}

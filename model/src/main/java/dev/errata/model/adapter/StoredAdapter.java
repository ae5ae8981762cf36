package dev.errata.model.adapter;

import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** An adapter's tensors from its folder, widened to F32; each is asked for once. */
final class StoredAdapter implements AdapterTensors {
    private static final String REMEDY = "use the adapter with the model it was made for";

    private final Path folder;
    private final Map<String, TensorEntry> entries;
    private final Scope scope;

    /**
     * @param entries by PEFT's plain names
     */
    StoredAdapter(Path folder, Map<String, TensorEntry> entries, Scope scope) {
        this.folder = folder;
        this.entries = new LinkedHashMap<>(entries);
        this.scope = scope;
    }

    @Override
    public Tensor a(String module, int rank, int in) {
        return tensor(TensorNames.PREFIX + module + TensorNames.A, rank, in);
    }

    @Override
    public Tensor b(String module, int out, int rank) {
        return tensor(TensorNames.PREFIX + module + TensorNames.B, out, rank);
    }

    @Override
    public Tensor embeddingA(String module, int vocabulary, int rank) {
        String name = TensorNames.PREFIX + module + TensorNames.EMBEDDING_A;
        float[] stored = take(name, rank, vocabulary).toFloats();
        return scope.floats(name, Transposed.of(stored, rank, vocabulary), vocabulary, rank);
    }

    @Override
    public Tensor embeddingB(String module, int hidden, int rank) {
        return tensor(TensorNames.PREFIX + module + TensorNames.EMBEDDING_B, hidden, rank);
    }

    @Override
    public Tensor magnitude(LinearLayer layer, LoraLayer lora) {
        return tensor(
                TensorNames.PREFIX + layer.name() + TensorNames.MAGNITUDE,
                layer.weight().out());
    }

    @Override
    public Tensor whole(String name, boolean adapted, Shape shape) {
        return tensor(TensorNames.PREFIX + name, shape.toArray());
    }

    @Override
    public Tensor base(String name, Shape shape) {
        return entries.containsKey(TensorNames.PREFIX + name) ? whole(name, true, shape) : null;
    }

    @Override
    public void requireNoOthers() {
        if (!entries.isEmpty()) {
            throw new BadInputException(
                    "tensor " + entries.keySet().iterator().next() + " does not belong to the adapter's config",
                    folder.toString(),
                    REMEDY);
        }
    }

    private static boolean isResized(String name, Shape stored, Shape wanted) {
        return (name.endsWith(DecoderLayout.EMBEDDING) || name.endsWith(DecoderLayout.LM_HEAD))
                && stored.rank() == 2
                && stored.dim(0) != wanted.dim(0)
                && stored.dim(1) == wanted.dim(1);
    }

    private Tensor tensor(String name, long... dims) {
        return scope.floats(name, take(name, dims).toFloats(), dims);
    }

    private TensorEntry take(String name, long... dims) {
        TensorEntry entry = entries.remove(name);
        if (entry == null) {
            throw new BadInputException("tensor " + name + " is missing", folder.toString(), REMEDY);
        }
        Shape wanted = Shape.of(dims);
        if (isResized(name, entry.shape(), wanted)) {
            throw new BadInputException(
                    "the adapter brings " + name + " whole with "
                            + entry.shape().dim(0)
                            + " rows, as PEFT saves it after the vocabulary was resized, and the model has "
                            + wanted.dim(0),
                    folder.toString(),
                    "resize the model's embeddings to them first, or train an adapter without new tokens");
        }
        if (!entry.shape().equals(wanted) || !entry.dtype().isFloat() || entry.dtype() == DType.F64) {
            throw new BadInputException(
                    "tensor " + name + " is " + entry.dtype() + " " + entry.shape() + ", the model needs " + wanted,
                    folder.toString(),
                    REMEDY);
        }
        return entry;
    }
}

package dev.errata.model.convert;

import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.family.BlockPart;
import dev.errata.model.file.GgufWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.GgufNames;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.PairedRows;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A PEFT LoRA adapter as the GGUF file that llama.cpp loads beside a model: {@code NAME.lora_a} [r, in] and
 * {@code NAME.lora_b} [out, r] under the base's tensor names, with one alpha for all. llama.cpp scales by alpha / r, so
 * what rank-stabilized scaling or alphas of single modules make otherwise goes into alpha, or where modules differ into B.
 */
public final class AdapterToGguf {
    private static final String REMEDY = "use the adapter with the model it was made for";

    private final ModelConfig model;
    private final Map<String, BlockPart> linears;
    private final LoraSpec config;
    private final String where;
    private final Map<String, TensorEntry> left;
    private final List<GgufWriter.Plan> plans = new ArrayList<>();
    private final List<float[]> values = new ArrayList<>();
    private final List<Integer> heads = new ArrayList<>();

    private AdapterToGguf(ModelConfig model, LoraSpec config, String where, Map<String, TensorEntry> weights) {
        this.model = model;
        this.linears = DecoderLayout.linears(model);
        this.config = config;
        this.where = where;
        this.left = new LinkedHashMap<>(weights);
    }

    /** What was written; {@code alpha} is the file's. */
    public record Written(String output, int tensors, float alpha) {}

    /**
     * @param base the adapter's model, a folder or a GGUF file
     * @param type of the matrices; those whose rows don't divide into its blocks become F16
     * @param notes is told what doesn't go over as it is
     * @throws BadInputException if the adapter isn't a plain LoRA of this model's linear layers
     */
    public static Written write(Path base, Path adapter, GgmlType type, Path output, Consumer<String> notes) {
        LoraSpec config = AdapterFolder.readConfig(adapter);
        if (config.useDora()) {
            throw new BadInputException(
                    "a LoRA in GGUF has no magnitudes, which use_dora trains",
                    adapter.toString(),
                    "merge the adapter into its model first");
        }
        try (ModelSource source = ModelSource.open(base);
                Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> weights = AdapterFolder.readWeights(adapter, arena);
            AdapterToGguf made = new AdapterToGguf(source.config(), config, adapter.toString(), weights);
            return made.write(adapter, type, output, notes);
        }
    }

    private Written write(Path adapter, GgmlType type, Path output, Consumer<String> notes) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (String module : linears.keySet()) {
            TensorEntry a = left.get(AdapterFolder.tensorName(module, 'A'));
            if (a != null && a.shape().rank() == 2) {
                ranks.put(module, Math.toIntExact(a.shape().dim(0)));
            }
        }
        if (ranks.isEmpty()) {
            throw new BadInputException("adapter has no matrix of this model's linear layers", where, REMEDY);
        }
        String first = ranks.keySet().iterator().next();
        float alpha = config.scale(first) * ranks.get(first);
        List<String> folded = new ArrayList<>();
        ranks.forEach((module, rank) -> {
            float factor = config.scale(module) * rank / alpha;
            if (Math.abs(factor - 1) <= 1e-6f) {
                factor = 1;
            } else {
                folded.add(module);
            }
            add(module, rank, factor, type);
        });
        if (!left.isEmpty()) {
            throw new BadInputException(
                    "tensor " + left.keySet().iterator().next() + " has no place in a LoRA in GGUF",
                    where,
                    "convert plain LoRA adapters of linear layers, or merge this one into its model first");
        }
        if (!folded.isEmpty()) {
            notes.accept("the file has one alpha, " + alpha + " - B of " + folded.size()
                    + " modules takes up their own scale, the first of them " + folded.getFirst());
        }
        Map<String, Object> keys =
                GgufModelKeys.general(model.family().gguf().architecture(), "adapter", ModelToGguf.name(adapter), type);
        keys.put("adapter.type", "lora");
        keys.put("adapter.lora.alpha", alpha);
        try (GgufWriter writer = GgufWriter.create(output, keys, plans)) {
            for (int i = 0; i < plans.size(); i++) {
                MemorySegment bytes = TensorEncoding.littleEndian(values.get(i));
                TensorEncoding.write(plans.get(i), bytes, heads.get(i), writer, where);
            }
            writer.commit();
        }
        return new Written(output.toString(), plans.size(), alpha);
    }

    private void add(String module, int rank, float factor, GgmlType type) {
        BlockPart part = linears.get(module);
        String name = GgufNames.toGguf(model.family(), module + ".weight");
        float[] a = take(AdapterFolder.tensorName(module, 'A'), rank, DecoderLayout.in(model, part));
        float[] b = take(AdapterFolder.tensorName(module, 'B'), DecoderLayout.out(model, part), rank);
        if (factor != 1) {
            for (int i = 0; i < b.length; i++) {
                b[i] *= factor;
            }
        }
        add(name + ".lora_a", a, Shape.of(rank, DecoderLayout.in(model, part)), type, 0);
        add(
                name + ".lora_b",
                b,
                Shape.of(DecoderLayout.out(model, part), rank),
                type,
                PairedRows.heads(model, module + "."));
    }

    private void add(String name, float[] matrix, Shape shape, GgmlType type, int pairedHeads) {
        plans.add(new GgufWriter.Plan(name, TensorEncoding.typeOf(shape, type), shape));
        values.add(matrix);
        heads.add(pairedHeads);
    }

    private float[] take(String name, long rows, long columns) {
        TensorEntry entry = left.remove(name);
        if (entry == null) {
            throw new BadInputException("tensor " + name + " is missing", where, REMEDY);
        }
        if (!entry.shape().equals(Shape.of(rows, columns)) || !entry.dtype().isFloat()) {
            throw new BadInputException(
                    "tensor " + name + " is " + entry.dtype() + " " + entry.shape() + ", the model needs [" + rows
                            + ", " + columns + "]",
                    where,
                    REMEDY);
        }
        return entry.toFloats();
    }
}

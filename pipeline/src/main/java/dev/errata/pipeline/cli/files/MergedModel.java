package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.adapter.AdapterMerge;
import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.config.BitsAndBytesConfig;
import dev.errata.model.decoder.Precision;
import dev.errata.model.file.PartialFolder;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A plain checkpoint of a model with an adapter merged into it. It is read back and its logits are compared with those of
 * model and adapter before it gets its name.
 *
 * @param json the model's config.json
 * @param quantization how the base is quantized on loading, or null
 */
record MergedModel(Path model, ObjectNode json, FourBitSpec quantization, Path adapter, FloatType dtype) {
    /** What was written. */
    record Written(
            String output,
            String base,
            String dtype,
            int mergedTensors,
            double baseNorm,
            double deltaNorm,
            double maxLogitDifference) {
        String text() {
            return String.format(
                    Locale.ROOT,
                    "%d tensors merged into %s weights, in %s as %s%nnorm of these weights %.6g, of their changes"
                            + " %.6g%nlargest difference of logits %.3g",
                    mergedTensors,
                    base,
                    output,
                    dtype,
                    baseNorm,
                    deltaNorm,
                    maxLogitDifference);
        }
    }

    /**
     * @param base the base's name in the result
     * @throws RunFailedException if what was written does not compute what model and adapter do; then nothing has its name
     */
    Written write(Path output, String base, Session session) {
        try (PartialFolder folder = PartialFolder.begin(output)) {
            float[] expected;
            AdapterMerge merge;
            try (OpenModel open = OpenModel.open(model, quantization, Precision.F32, null, session.hardware());
                    Scope scope = new Scope("adapter", open.decoder().backend())) {
                LoraAdapter lora = LoraAdapter.read(adapter, open.decoder(), scope);
                merge = new AdapterMerge(open.decoder(), lora);
                lora.attach(open.decoder());
                expected = LogitProbe.of(open.decoder());
                boolean untied = !open.decoder().config().tieWordEmbeddings() || merge.untiesOutput();
                NewCheckpoint checkpoint = new NewCheckpoint(folder.path(), model, config(untied));
                checkpoint.write(parts(merge), Shard.LARGEST, "merge", session.progress());
            }
            double difference = requireSame(expected, reloaded(folder.path(), session));
            folder.commit();
            return new Written(
                    output.toString(),
                    base,
                    dtype.name().toLowerCase(Locale.ROOT),
                    merge.changed(),
                    merge.baseNorm(),
                    merge.deltaNorm(),
                    difference);
        }
    }

    private List<CheckpointPart> parts(AdapterMerge merge) {
        List<CheckpointPart> parts = new ArrayList<>();
        merge.shapes().forEach((name, shape) -> parts.add(new MergedTensor(merge, name, shape, dtype)));
        return parts;
    }

    private String config(boolean untied) {
        ObjectNode merged = json.deepCopy();
        merged.remove(BitsAndBytesConfig.KEY);
        merged.put(merged.has("torch_dtype") ? "torch_dtype" : "dtype", dtype.torchName());
        if (untied && json.path("tie_word_embeddings").asBoolean()) {
            merged.put("tie_word_embeddings", false);
        }
        return Json.page(merged);
    }

    private static float[] reloaded(Path folder, Session session) {
        try (OpenModel open = OpenModel.open(folder, null, Precision.F32, null, session.hardware())) {
            return LogitProbe.of(open.decoder());
        }
    }

    private double requireSame(float[] expected, float[] actual) {
        double difference = LogitProbe.difference(expected, actual);
        double allowed = allowed(LogitProbe.largest(expected));
        if (!(difference <= allowed)) {
            throw new RunFailedException(
                    String.format(
                            Locale.ROOT,
                            "merged model differs from model and adapter by %.3g in its logits, %.3g are allowed",
                            difference,
                            allowed),
                    adapter + " into " + model,
                    dtype == FloatType.F32
                            ? "look at the adapter's values, which may be too large to add"
                            : "choose --dtype f32");
        }
        return difference;
    }

    /** Rounding: of sums in f32, and of weights in the other types, whose last places are 2⁻⁸ and 2⁻¹¹ of them. */
    private double allowed(double largestLogit) {
        return switch (dtype) {
            case F32 -> Math.max(2e-4, 2e-5 * largestLogit);
            case BF16 -> Math.max(0.05, largestLogit / 16);
            case F16 -> Math.max(0.01, largestLogit / 128);
        };
    }
}

package dev.errata.model.adapter;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How PEFT names the tensors of a LoRA adapter's file. */
final class TensorNames {
    static final String PREFIX = "base_model.model.";
    static final String A = ".lora_A.weight";
    static final String B = ".lora_B.weight";
    static final String EMBEDDING_A = ".lora_embedding_A";
    static final String EMBEDDING_B = ".lora_embedding_B";
    static final String MAGNITUDE = ".lora_magnitude_vector";

    private static final Pattern MATRIX = Pattern.compile("(.+\\.lora_[AB])(?:\\.[^.]+)??(?:\\.weight)?");
    private static final Pattern VECTOR =
            Pattern.compile("(.+\\.(?:lora_embedding_[AB]|lora_magnitude_vector))(?:\\.[^.]+)??(?:\\.weight)?");
    private static final Pattern SAVED = Pattern.compile("(.+)\\.modules_to_save(?:\\.[^.]+)??(\\.weight|\\.bias)");

    private TensorNames() {}

    /** Without an adapter's own name and the names of wrappers, with the prefix; null for a wrapper's copy of the base. */
    static String plain(String name) {
        String full = name.startsWith(PREFIX) ? name : PREFIX + name;
        if (full.contains(".original_module.")) {
            return null;
        }
        Matcher matrix = MATRIX.matcher(full);
        if (matrix.matches() && !full.endsWith(".bias")) {
            return matrix.group(1) + ".weight";
        }
        Matcher vector = VECTOR.matcher(full);
        if (vector.matches()) {
            return vector.group(1);
        }
        Matcher saved = SAVED.matcher(full);
        if (saved.matches()) {
            return saved.group(1) + saved.group(2);
        }
        return full.replace(".base_layer.", ".");
    }

    /** The name of a tensor of the checkpoint that is saved whole; PEFT puts those of an adapted layer one level deeper. */
    static String whole(String tensor, boolean adapted) {
        int dot = tensor.lastIndexOf('.');
        return PREFIX + tensor.substring(0, dot) + (adapted ? ".base_layer" : "") + tensor.substring(dot);
    }
}

package dev.errata.model.convert;

import dev.errata.model.config.GgufConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.config.RopeConfig;
import dev.errata.model.family.SoftCaps;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ggml.GgmlType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The keys that describe a model in a GGUF file, named as ggml's docs/gguf.md has them and chosen as llama.cpp's converter
 * does.
 */
final class GgufModelKeys {
    static final String LOW_FREQ_FACTOR = "rope.scaling.low_freq_factor";
    static final String HIGH_FREQ_FACTOR = "rope.scaling.high_freq_factor";
    static final String ORIGINAL_CONTEXT_LENGTH = "rope.scaling.original_context_length";

    private final ModelConfig config;
    private final Consumer<String> notes;
    private final Map<String, Object> keys = new LinkedHashMap<>();

    private GgufModelKeys(ModelConfig config, Consumer<String> notes) {
        this.config = config;
        this.notes = notes;
    }

    /**
     * @param name the model's
     * @param type of its matrices
     * @param notes is told what the file can't say
     */
    static Map<String, Object> of(ModelConfig config, String name, GgmlType type, Consumer<String> notes) {
        GgufModelKeys made = new GgufModelKeys(config, notes);
        made.keys.putAll(general(config.family().gguf().architecture(), "model", name, type));
        made.addShape();
        made.addRope();
        return made.keys;
    }

    /** What every file says. */
    static Map<String, Object> general(String architecture, String kind, String name, GgmlType type) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", architecture);
        keys.put("general.type", kind);
        keys.put("general.name", name);
        keys.put("general.file_type", fileType(type));
        keys.put("general.quantization_version", 2L);
        return keys;
    }

    /** llama.cpp's {@code llama_ftype}. */
    private static long fileType(GgmlType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default -> throw new IllegalArgumentException(type + " can't be written");
        };
    }

    private void addShape() {
        add("vocab_size", (long) config.vocabSize());
        add("block_count", (long) config.numHiddenLayers());
        add("context_length", (long) config.maxPositionEmbeddings());
        add("embedding_length", (long) config.hiddenSize());
        add("feed_forward_length", (long) config.intermediateSize());
        add("attention.head_count", (long) config.numAttentionHeads());
        add("attention.head_count_kv", (long) config.numKeyValueHeads());
        add("attention.key_length", (long) config.headDim());
        add("attention.value_length", (long) config.headDim());
        add("attention.layer_norm_rms_epsilon", config.rmsNormEps());
        boolean runsWindows = config.family().gguf().hasWindows();
        if (config.slidingWindow() > 0 || runsWindows) {
            add("attention.sliding_window", (long) config.slidingWindow());
        }
        addSoftCaps();
        addAttentionScale();
        requireLayersOfWindow();
        if (config.slidingWindow() > 0 && !runsWindows) {
            notes.accept("llama.cpp runs this architecture without the sliding window of " + config.slidingWindow()
                    + " - longer texts differ there");
        }
    }

    private void addSoftCaps() {
        if (!config.family().arithmetic().softCaps().equals(SoftCaps.NONE)) {
            add("attn_logit_softcapping", config.softCaps().attention());
            add("final_logit_softcapping", config.softCaps().logits());
        }
    }

    private void addAttentionScale() {
        float usual = GgufConfig.usualAttentionScale(
                config.family(),
                config.numHiddenLayers(),
                config.headDim(),
                config.hiddenSize() / config.numAttentionHeads());
        if (config.attentionScale() != usual) {
            add("attention.scale", config.attentionScale());
            notes.accept("llama.cpp scales this model's scores by " + usual + " instead of " + config.attentionScale()
                    + " - all texts differ there");
        }
    }

    /** A file names no layers: every second one of a family has the window, or all of it. */
    private void requireLayersOfWindow() {
        Set<Integer> told = config.family().window().fullLayers(config.numHiddenLayers());
        if (config.slidingWindow() > 0
                && config.family().gguf().hasWindows()
                && !config.fullAttentionLayers().equals(told)) {
            throw new BadInputException(
                    "layers with a sliding window are others than every second one, which GGUF can't say",
                    "--to gguf",
                    "use the folder of safetensors as it is");
        }
    }

    private void addRope() {
        RopeConfig rope = config.rope();
        add("rope.dimension_count", (long) rope.turned(config.headDim()));
        add("rope.freq_base", (float) rope.theta());
        switch (rope.scaling()) {
            case RopeConfig.Scaling.Default() -> {}
            case RopeConfig.Scaling.Linear(double factor) -> {
                add("rope.scaling.type", "linear");
                add("rope.scaling.factor", (float) factor);
            }
            // The divisors in rope_freqs say it all; these keys tell the way back to config.json.
            case RopeConfig.Scaling.Llama3 llama3 -> {
                add(ORIGINAL_CONTEXT_LENGTH, (long) llama3.originalMaxPositionEmbeddings());
                add(LOW_FREQ_FACTOR, (float) llama3.lowFreqFactor());
                add(HIGH_FREQ_FACTOR, (float) llama3.highFreqFactor());
            }
            case RopeConfig.Scaling.Yarn yarn -> addYarn(yarn);
            case RopeConfig.Scaling.Dynamic _ -> throw unknownScaling("dynamic");
            case RopeConfig.Scaling.LongRope longRope -> addLongRope(longRope);
            case RopeConfig.Scaling.PerFrequency _ -> {}
        }
    }

    /** The divisors are tensors of their own. */
    private void addLongRope(RopeConfig.Scaling.LongRope longRope) {
        if (!config.family().gguf().hasLongRope()) {
            throw unknownScaling("longrope");
        }
        add(ORIGINAL_CONTEXT_LENGTH, (long) longRope.originalMaxPositionEmbeddings());
        add("rope.scaling.attn_factor", (float) longRope.attentionFactor());
    }

    /** A reader multiplies YaRN's own attention factor by the one in the file. */
    private void addYarn(RopeConfig.Scaling.Yarn yarn) {
        if (!yarn.truncate()) {
            throw unknownScaling("yarn without truncate");
        }
        add("rope.scaling.type", "yarn");
        add("rope.scaling.factor", (float) yarn.factor());
        add(ORIGINAL_CONTEXT_LENGTH, (long) yarn.originalMaxPositionEmbeddings());
        add("rope.scaling.yarn_beta_fast", (float) yarn.betaFast());
        add("rope.scaling.yarn_beta_slow", (float) yarn.betaSlow());
        float extra = (float) (yarn.attentionFactor() / RopeConfig.Scaling.Yarn.attentionFactor(yarn.factor(), 1));
        if (Math.abs(extra - 1) > 1e-6) {
            add("rope.scaling.yarn_attn_factor", extra);
        }
    }

    private static BadInputException unknownScaling(String type) {
        return new BadInputException(
                "rope scaling " + type + " has no form in GGUF", "--to gguf", "use the folder of safetensors as it is");
    }

    private void add(String key, Object value) {
        keys.put(config.family().gguf().architecture() + "." + key, value);
    }
}

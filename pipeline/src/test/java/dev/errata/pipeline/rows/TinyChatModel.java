package dev.errata.pipeline.rows;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.cli.Main;
import dev.errata.pipeline.data.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model of two layers with random weights whose tokens are single bytes, and a chat template of the test's choice. */
public final class TinyChatModel {
    private static final List<String> SPECIAL =
            List.of("<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|end|>", "<|return|>");
    private static final String CONFIG = """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 263, "hidden_size": 16,
             "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
             "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
             "hidden_act": "silu", "eos_token_id": 2, "torch_dtype": "float32"}
            """;

    private TinyChatModel() {}

    /** Writes it to {@code folder/name}, with weights from this seed unless there are some. */
    public static Path in(Path folder, String name, int seed, String template) throws IOException {
        Path config = Files.writeString(folder.resolve(name + "-config.json"), CONFIG);
        Path model = folder.resolve(name);
        if (!Files.exists(model)) {
            init(config, seed, model);
        }
        Files.writeString(model.resolve("tokenizer.json"), tokenizer());
        ObjectNode settings = Json.MAPPER.createObjectNode();
        settings.put("tokenizer_class", "PreTrainedTokenizerFast");
        settings.put("eos_token", "</s>");
        if (template != null) {
            settings.put("chat_template", template);
        }
        Files.writeString(model.resolve("tokenizer_config.json"), settings.toString());
        return model;
    }

    private static void init(Path config, int seed, Path model) {
        var nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        int code = Main.run(
                nowhere,
                nowhere,
                () -> {
                    throw new IllegalStateException("no engine");
                },
                "init",
                "--config",
                config.toString(),
                "--seed",
                Integer.toString(seed),
                "--output",
                model.toString());
        if (code != 0) {
            throw new IllegalStateException("the model is not made");
        }
    }

    /** Byte-level without merges. */
    private static String tokenizer() {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        ObjectNode model = Json.MAPPER.createObjectNode();
        model.put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < SPECIAL.size(); id++) {
            ObjectNode token = added.addObject();
            token.put("id", id);
            token.put("content", SPECIAL.get(id));
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                token.put(flag, false);
            }
            token.put("special", true);
            vocabulary.put(SPECIAL.get(id), id);
        }
        int spare = 256;
        for (int b = 0; b < 256; b++) {
            boolean shown = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            vocabulary.put(Character.toString(shown ? b : spare++), SPECIAL.size() + b);
        }
        model.putArray("merges");
        root.putNull("normalizer");
        ObjectNode split = root.putObject("pre_tokenizer");
        split.put("type", "ByteLevel");
        split.put("add_prefix_space", false);
        split.put("use_regex", false);
        root.putNull("post_processor");
        root.putObject("decoder").put("type", "ByteLevel");
        root.set("model", model);
        return root.toString();
    }
}

package dev.errata.model.decoder;

import dev.errata.model.file.GgufBytes;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A LLaMA of one block with random weights and sixteen tokens, as a folder of Hugging Face's and as a GGUF file. */
final class TinyLlama {
    private static final int WIDTH = 32;
    private static final int HEAD = 16;
    private static final int VOCABULARY = 16;
    private static final int FEED_FORWARD = 48;
    private static final int ALIGNMENT = 32;
    private static final String CONFIG = """
            {"model_type": "llama", "vocab_size": 16, "hidden_size": 32, "intermediate_size": 48,
             "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-5,
             "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "rope_theta": 10000.0}
            """;

    private record Weight(String gguf, String huggingFace, long... dims) {}

    private static final List<Weight> WEIGHTS = List.of(
            new Weight("token_embd", "model.embed_tokens", VOCABULARY, WIDTH),
            new Weight("output_norm", "model.norm", WIDTH),
            new Weight("output", "lm_head", VOCABULARY, WIDTH),
            new Weight("blk.0.attn_norm", "model.layers.0.input_layernorm", WIDTH),
            new Weight("blk.0.ffn_norm", "model.layers.0.post_attention_layernorm", WIDTH),
            new Weight("blk.0.attn_q", "model.layers.0.self_attn.q_proj", WIDTH, WIDTH),
            new Weight("blk.0.attn_k", "model.layers.0.self_attn.k_proj", HEAD, WIDTH),
            new Weight("blk.0.attn_v", "model.layers.0.self_attn.v_proj", HEAD, WIDTH),
            new Weight("blk.0.attn_output", "model.layers.0.self_attn.o_proj", WIDTH, WIDTH),
            new Weight("blk.0.ffn_gate", "model.layers.0.mlp.gate_proj", FEED_FORWARD, WIDTH),
            new Weight("blk.0.ffn_up", "model.layers.0.mlp.up_proj", FEED_FORWARD, WIDTH),
            new Weight("blk.0.ffn_down", "model.layers.0.mlp.down_proj", WIDTH, FEED_FORWARD));

    private TinyLlama() {}

    private static float[] values(int weight) {
        int count = Math.toIntExact(Shape.of(WEIGHTS.get(weight).dims()).elements());
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(3, weight, i);
        }
        return values;
    }

    /** The tensors of the folder by Hugging Face's names. */
    static Map<String, TensorEntry> tensors() {
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (int i = 0; i < WEIGHTS.size(); i++) {
            Weight weight = WEIGHTS.get(i);
            put(tensors, weight.huggingFace() + ".weight", values(i), weight.dims());
        }
        return tensors;
    }

    static void put(Map<String, TensorEntry> tensors, String name, float[] values, long... dims) {
        tensors.put(name, new TensorEntry(name, DType.F32, Shape.of(dims), MemorySegment.ofArray(values)));
    }

    static Path folder(Path folder, Map<String, TensorEntry> tensors) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG);
        SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of(), tensors.values());
        return folder;
    }

    /** The same weights; where Hugging Face halves the rows of a head of q and k, the format has them in pairs. */
    static Path gguf(Path file) throws IOException {
        GgufBytes bytes = GgufBytes.head(3, WEIGHTS.size(), 18);
        keys(bytes);
        long offset = 0;
        for (Weight weight : WEIGHTS) {
            long[] reversed =
                    weight.dims().length == 1 ? weight.dims() : new long[] {weight.dims()[1], weight.dims()[0]};
            bytes.tensor(weight.gguf() + ".weight", 0, offset, reversed);
            offset += Shape.of(weight.dims()).elements() * Float.BYTES;
        }
        bytes.align(ALIGNMENT);
        for (int i = 0; i < WEIGHTS.size(); i++) {
            String name = WEIGHTS.get(i).gguf();
            boolean paired = name.endsWith("attn_q") || name.endsWith("attn_k");
            for (float value : paired ? pairs(values(i)) : values(i)) {
                bytes.f32(value);
            }
            bytes.align(ALIGNMENT);
        }
        return Files.write(file, bytes.toArray());
    }

    private static void keys(GgufBytes bytes) {
        bytes.key("general.architecture", 8).string("llama");
        bytes.key("general.alignment", 4).i32(ALIGNMENT);
        bytes.key("llama.block_count", 4).i32(1);
        bytes.key("llama.context_length", 4).i32(64);
        bytes.key("llama.embedding_length", 4).i32(WIDTH);
        bytes.key("llama.feed_forward_length", 4).i32(FEED_FORWARD);
        bytes.key("llama.attention.head_count", 4).i32(2);
        bytes.key("llama.attention.head_count_kv", 4).i32(1);
        bytes.key("llama.attention.layer_norm_rms_epsilon", 6).f32(1e-5f);
        bytes.key("llama.rope.dimension_count", 4).i32(HEAD);
        bytes.key("llama.rope.freq_base", 6).f32(10000);
        bytes.key("llama.vocab_size", 4).i32(VOCABULARY);
        bytes.key("tokenizer.ggml.model", 8).string("llama");
        bytes.key("tokenizer.ggml.bos_token_id", 4).i32(1);
        bytes.key("tokenizer.ggml.eos_token_id", 4).i32(2);
        bytes.key("tokenizer.ggml.tokens", 9).i32(8).i64(VOCABULARY);
        for (String token : tokens()) {
            bytes.string(token);
        }
        bytes.key("tokenizer.ggml.scores", 9).i32(6).i64(VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
            bytes.f32(-i);
        }
        bytes.key("tokenizer.ggml.token_type", 9).i32(5).i64(VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
            bytes.i32(i == 0 ? 2 : i < 3 ? 3 : 1);
        }
    }

    /** {@code a} is token 3, {@code b} 4 and so on. */
    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (char letter = 'a'; tokens.size() < VOCABULARY; letter++) {
            tokens.add(String.valueOf(letter));
        }
        return tokens;
    }

    /** Row i of the first half of each head becomes row 2i, row i of the second half row 2i + 1. */
    private static float[] pairs(float[] halves) {
        float[] paired = new float[halves.length];
        int half = HEAD / 2;
        for (int head = 0; head < halves.length / (HEAD * WIDTH); head++) {
            for (int i = 0; i < half; i++) {
                for (int side = 0; side < 2; side++) {
                    int from = head * HEAD + side * half + i;
                    int to = head * HEAD + 2 * i + side;
                    System.arraycopy(halves, from * WIDTH, paired, to * WIDTH, WIDTH);
                }
            }
        }
        return paired;
    }
}

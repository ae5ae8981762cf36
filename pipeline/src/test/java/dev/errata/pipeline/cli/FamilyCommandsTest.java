package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on models whose layers are fused, or whose norms and embeddings are other than LLaMA's. */
class FamilyCommandsTest {
    private static final String SIZES = "\"vocab_size\": 40, \"hidden_size\": 32, \"intermediate_size\": 64, "
            + "\"num_hidden_layers\": 2, \"num_attention_heads\": 2, \"num_key_value_heads\": 1, "
            + "\"initializer_range\": 0.2, \"max_position_embeddings\": 64, \"bos_token_id\": 1, \"eos_token_id\": 2, ";
    private static final Map<String, String> CONFIGS = Map.of(
            "phi3", "{\"model_type\": \"phi3\", " + SIZES + "\"tie_word_embeddings\": false}",
            "gemma2", "{\"model_type\": \"gemma2\", " + SIZES + "\"head_dim\": 16, \"query_pre_attn_scalar\": 16}");

    @TempDir
    private Path folder;

    private Path init(String family) throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), CONFIGS.get(family));
        Path model = folder.resolve("model");
        Program.run("init", "--config", config, "--seed", 3, "--threads", 1, "--output", model, "--quiet")
                .succeeded();
        return model;
    }

    private JsonNode score(Path model, Object... more) {
        Path rows = Program.rows(
                folder, "rows.jsonl", "{\"ids\": [1, 5, 9, 30, 12, 7], \"labels\": [-100, 5, 9, 30, 12, 7]}");
        Object[] arguments = {"score", "--model", model, "--input", rows, "--threads", 1, "--json"};
        Object[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return Program.run(all).rows().getFirst();
    }

    private static Map<String, TensorEntry> tensors(Path model, Arena arena) {
        return CheckpointFolder.open(model, arena).entries();
    }

    @ParameterizedTest
    @ValueSource(strings = {"phi3", "gemma2"})
    void aModelIsQuantizedAndWidenedAndRuns(String family) throws IOException {
        Path model = init(family);
        double loss = score(model).get("loss").doubleValue();
        Path packed = folder.resolve("packed");
        Path plain = folder.resolve("plain");
        Program.run("quantize", "--input", model, "--format", "nf4", "--block-size", 64, "--output", packed, "--quiet")
                .succeeded();
        Program.run("dequantize", "--input", packed, "--dtype", "f32", "--output", plain, "--quiet")
                .succeeded();
        assertThat(score(packed).get("loss").doubleValue())
                .isCloseTo(loss, within(0.5))
                .isNotEqualTo(loss);
        assertThat(score(plain).get("loss").doubleValue())
                .isCloseTo(score(packed).get("loss").doubleValue(), within(1e-4));
        try (Arena arena = Arena.ofShared()) {
            assertThat(tensors(packed, arena).keySet())
                    .contains(
                            family.equals("phi3")
                                    ? "model.layers.1.mlp.gate_up_proj.weight.quant_state.bitsandbytes__nf4"
                                    : "model.layers.1.mlp.gate_proj.weight.quant_state.bitsandbytes__nf4");
            TensorEntry norm = tensors(model, arena).get("model.norm.weight");
            assertThat(norm.toFloats()).containsOnly(family.equals("gemma2") ? 0 : 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"phi3", "gemma2"})
    void anAdapterOfItsModulesIsMerged(String family) throws IOException {
        Path model = init(family);
        List<String> targets = family.equals("phi3")
                ? List.of("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
                : List.of("q_proj", "v_proj", "o_proj", "gate_proj");
        Path adapter = folder.resolve("adapter");
        try (Backend backend = Backends.choose("reference", 1);
                ModelSource source = ModelSource.open(model);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32);
                Scope scope = new Scope("adapter", backend)) {
            LoraAdapter made = LoraAdapter.create(decoder, LoraSpec.plain("model", 2, 4, 0, targets, "test"), 1, scope);
            for (Map.Entry<String, Tensor> each : made.tensors().entrySet()) {
                if (each.getKey().contains("lora_B")) {
                    float[] values = new float[Math.toIntExact(each.getValue().elements())];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = 0.1f * (i % 7 - 3);
                    }
                    backend.upload(MemorySegment.ofArray(values), each.getValue());
                }
            }
            made.save(adapter, decoder);
        }
        double with = score(model, "--adapter", adapter).get("loss").doubleValue();
        assertThat(with).isNotCloseTo(score(model).get("loss").doubleValue(), within(1e-3));
        Path merged = folder.resolve("merged");
        Program.run(
                        "merge",
                        "--model",
                        model,
                        "--adapter",
                        adapter,
                        "--base",
                        "original",
                        "--output",
                        merged,
                        "--quiet")
                .succeeded();
        assertThat(score(merged).get("loss").doubleValue()).isCloseTo(with, within(1e-4));
    }
}

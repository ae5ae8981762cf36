package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code merge} on a tiny random model. */
class MergeCommandTest {
    private static final String CONFIG = """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "float32", "vocab_size": 40,
             "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
             "num_key_value_heads": 1, "rms_norm_eps": 1e-5, "max_position_embeddings": 64, "rope_theta": 10000.0,
             "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": false}
            """;

    @TempDir
    private Path folder;

    private Path model;
    private Path adapter;

    @BeforeEach
    void make() throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), CONFIG);
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 2}");
        model = folder.resolve("model");
        Program.run("init", "--config", config, "--seed", 3, "--output", model, "--quiet")
                .succeeded();
        adapter = adapter("adapter", 0.5f);
    }

    @Test
    void inspectTakesAnAdapter() {
        JsonNode seen = Program.run("inspect", adapter, "--json").rows().getFirst();
        assertThat(seen.get("format").textValue()).isEqualTo("peft");
        assertThat(seen.get("config").get("r").intValue()).isEqualTo(2);
        assertThat(seen.get("tensors").get(0).get("name").textValue()).contains("lora_");
        assertThat(Program.run("inspect", adapter).out()).contains("use_dora: true");
    }

    @Test
    void aGgufBaseIsToldWhatToDoFirst() {
        Path gguf = folder.resolve("model.gguf");
        Program.run("convert", "--input", model, "--to", "gguf", "--output", gguf, "--quiet")
                .succeeded();
        Program.run(
                        "merge",
                        "--model",
                        gguf,
                        "--adapter",
                        adapter,
                        "--base",
                        "original",
                        "--output",
                        folder.resolve("o"))
                .refused("GGUF", "errata convert --input model.gguf --to safetensors");
    }

    @Test
    void aGgufWithoutAVocabularyWorksOnIds() {
        Path gguf = folder.resolve("model.gguf");
        Program.run("convert", "--input", model, "--to", "gguf", "--output", gguf, "--quiet")
                .succeeded();
        Path rows = Program.rows(folder, "rows.jsonl", "{\"ids\": [1, 3, 4]}");
        JsonNode row = Program.run(
                        "generate", "--model", gguf, "--input", rows, "--greedy", "--max-new-tokens", 3, "--json")
                .rows()
                .getFirst();
        assertThat(row.get("ids").isEmpty()).isFalse();
        assertThat(row.get("text").isNull()).isTrue();
        assertThat(Program.run("score", "--model", gguf, "--input", rows, "--json")
                        .rows())
                .hasSize(1);
        Program.run("generate", "--model", gguf, "--prompt", "a").refused("no vocabulary", "rows of ids");
    }

    /** A DoRA adapter whose tensors were moved by some number. */
    private Path adapter(String name, float shift) {
        Path target = folder.resolve(name);
        try (ModelSource source = ModelSource.open(model);
                Backend backend = Backends.choose("cpu", 1);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32);
                Scope scope = new Scope("adapter", backend)) {
            LoraConfig config = LoraConfig.plain("model", 2, 4, 0, List.of("q_proj", "down_proj"), "test")
                    .withDora(true);
            LoraAdapter lora = LoraAdapter.create(decoder, config, 1, scope);
            for (Tensor tensor : lora.tensors().values()) {
                float[] values = new float[Math.toIntExact(tensor.elements())];
                backend.download(tensor, MemorySegment.ofArray(values));
                for (int i = 0; i < values.length; i++) {
                    values[i] += shift * (float) StrictMath.sin(i);
                }
                backend.upload(MemorySegment.ofArray(values), tensor);
            }
            lora.save(target, decoder);
        }
        return target;
    }

    private Program merge(Path output, Object... more) {
        Object[] plain = {"merge", "--model", model, "--adapter", adapter, "--output", output, "--json", "--quiet"};
        Object[] all = Arrays.copyOf(plain, plain.length + more.length);
        System.arraycopy(more, 0, all, plain.length, more.length);
        return Program.run(all);
    }

    private static Map<String, TensorEntry> tensors(Path folder, Arena arena) {
        return CheckpointFolder.open(folder, arena).entries();
    }

    @Test
    void writesAPlainModelWithTheBasesTensors() throws IOException {
        Path output = folder.resolve("merged");
        JsonNode result = merge(output, "--base", "original").rows().getFirst();
        assertThat(result.get("max_logit_difference").doubleValue()).isBetween(0.0, 2e-4);
        assertThat(result.get("base_norm").doubleValue()).isPositive();
        assertThat(result.get("delta_norm").doubleValue()).isPositive();
        assertThat(result.get("merged_tensors").intValue()).isEqualTo(4);
        try (Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> base = tensors(model, arena);
            Map<String, TensorEntry> merged = tensors(output, arena);
            assertThat(merged.keySet()).containsExactlyInAnyOrderElementsOf(base.keySet());
            String kept = "model.layers.0.self_attn.k_proj.weight";
            assertThat(merged.get(kept).toFloats()).isEqualTo(base.get(kept).toFloats());
            String changed = "model.layers.0.self_attn.q_proj.weight";
            assertThat(merged.get(changed).toFloats())
                    .isNotEqualTo(base.get(changed).toFloats());
        }
        assertThat(Json.parse(Files.readString(output.resolve("config.json"))))
                .isEqualTo(Json.parse(Files.readString(model.resolve("config.json"))));
        assertThat(output.resolve("generation_config.json")).exists();
        assertThat(folder.resolve("merged.partial")).doesNotExist();
        merge(output, "--base", "original").refused("something is there already");
    }

    @Test
    void theTypeAskedForIsInFileAndConfig() throws IOException {
        Path output = folder.resolve("half");
        merge(output, "--base", "original", "--dtype", "bf16").succeeded();
        try (Arena arena = Arena.ofShared()) {
            assertThat(tensors(output, arena).values()).allMatch(entry -> entry.dtype() == DType.BF16);
        }
        assertThat(Files.readString(output.resolve("config.json"))).contains("bfloat16");
    }

    @Test
    void aQuantizedModelIsMergedDequantized() throws IOException {
        Path plain = model;
        Path quantized = folder.resolve("quantized");
        Program.run(
                        "quantize",
                        "--input",
                        model,
                        "--format",
                        "nf4",
                        "--block-size",
                        64,
                        "--output",
                        quantized,
                        "--quiet")
                .succeeded();
        merge(folder.resolve("from-plain"), "--base", "dequantized", "--format", "nf4")
                .succeeded();
        model = quantized;
        merge(folder.resolve("wrong"), "--base", "original").refused("model is quantized", "--base original");
        merge(folder.resolve("from-4-bits"), "--base", "dequantized").succeeded();
        assertThat(folder.resolve("wrong")).doesNotExist();
        assertThat(Files.readString(folder.resolve("from-4-bits").resolve("config.json")))
                .doesNotContain("quantization_config");
        try (Arena arena = Arena.ofShared()) {
            String name = "model.layers.1.mlp.up_proj.weight";
            float[] dequantized =
                    tensors(folder.resolve("from-4-bits"), arena).get(name).toFloats();
            assertThat(tensors(folder.resolve("from-plain"), arena).get(name).toFloats())
                    .isEqualTo(dequantized);
            assertThat(tensors(plain, arena).get(name).toFloats()).isNotEqualTo(dequantized);
        }
    }

    @Test
    void theRunThatTheAdapterLiesInTellsTheQuantization() throws IOException {
        merge(folder.resolve("merged"), "--base", "dequantized").refused("quantization is not known", "--format nf4");
        Files.writeString(folder.resolve("config.yaml"), """
                model: model
                data: rows.jsonl
                output: run
                steps: 1
                lora: {r: 2}
                quantization: {format: fp4, block_size: 64, double_quant: false}
                """);
        merge(folder.resolve("merged"), "--base", "dequantized").succeeded();
    }

    @Test
    void aMergeThatIsNotFiniteOrTooLargeForItsTypeHasNoName() {
        adapter = adapter("huge", 3e6f);
        Path output = folder.resolve("merged");
        Program done = merge(output, "--base", "original", "--dtype", "f16");
        assertThat(done.code()).isEqualTo(1);
        assertThat(done.err()).contains("not finite in F16");
        assertThat(output).doesNotExist();
        assertThat(folder.resolve("merged.partial")).doesNotExist();
    }

    @Test
    void optionsThatSayNothingAreRefused() {
        merge(folder.resolve("o"), "--base", "original", "--format", "nf4").refused("--format");
        merge(folder.resolve("o"), "--base", "dequantized", "--double-quant").refused("format is missing");
        assertThat(folder.resolve("o")).doesNotExist();
    }
}

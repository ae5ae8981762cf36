package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.file.GgufFile;
import dev.errata.model.file.GgufTensor;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.pipeline.data.Json;
import dev.errata.quant.LittleEndian;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code convert} as a user starts it. */
class ConvertCommandTest {
    private static final Path DEMO = Path.of("../configs/demo/errata-2m");
    private static final Path MODELS = Path.of("../model/src/test/resources/oracle/models");

    private static final Path TOKENIZER = Path.of("../model/src/test/resources/tokenizers/bpe-smollm2/tokenizer.json");

    @TempDir
    private Path folder;

    private Program convert(Path input, String to, Path output, Object... more) {
        List<Object> arguments =
                new ArrayList<>(List.of("convert", "--input", input, "--to", to, "--output", output, "--quiet"));
        arguments.addAll(List.of(more));
        return Program.run(arguments.toArray());
    }

    /** Rows in pairs for GGUF and in halves again; rope_freqs to llama3 scaling again. */
    @ParameterizedTest
    @ValueSource(strings = {"llama2-mha", "llama3-gqa-tied"})
    void aModelComesBackFromGgufByteForByte(String name) throws IOException {
        Path gguf = folder.resolve("m.gguf");
        Path back = folder.resolve("back");
        convert(MODELS.resolve(name), "gguf", gguf).succeeded();
        convert(gguf, "safetensors", back).succeeded();
        assertThat(back.resolve("model.safetensors"))
                .hasSameBinaryContentAs(MODELS.resolve(name).resolve("model.safetensors"));
        JsonNode was = Json.parse(Files.readString(MODELS.resolve(name).resolve("config.json")));
        JsonNode is = Json.parse(Files.readString(back.resolve("config.json")));
        for (String key : List.of("model_type", "hidden_size", "head_dim", "tie_word_embeddings", "vocab_size")) {
            assertThat(is.get(key)).as(key).isEqualTo(was.get(key));
        }
        assertThat(is.get("rms_norm_eps").doubleValue())
                .isEqualTo(was.get("rms_norm_eps").doubleValue());
        JsonNode rope = was.get("rope_parameters");
        assertThat(is.get("rope_theta").doubleValue())
                .isEqualTo(rope.get("rope_theta").doubleValue());
        if (rope.get("rope_type").textValue().equals("llama3")) {
            for (String key : List.of("factor", "low_freq_factor", "high_freq_factor")) {
                assertThat(is.get("rope_scaling").get(key).doubleValue())
                        .isEqualTo(rope.get(key).doubleValue());
            }
        }
    }

    @Test
    void textsKeepTheirIdsThroughAFile() throws IOException {
        Path gguf = folder.resolve("m.gguf");
        Path back = folder.resolve("back");
        Path model = small(64);
        convert(model, "gguf", gguf, "--type", "q8_0").succeeded();
        convert(gguf, "safetensors", back, "--type", "bf16").succeeded();
        Path texts = Program.rows(folder, "t.jsonl", "{\"text\": \"Tom has 12 apples.\\n é\"}", "{\"text\": \"\"}");
        List<JsonNode> wanted =
                Program.run("tokenize", "--model", model, "--input", texts).rows();
        for (Path converted : List.of(gguf, back)) {
            assertThat(Program.run("tokenize", "--model", converted, "--input", texts)
                            .rows())
                    .isEqualTo(wanted);
        }
        assertThat(Json.parse(Files.readString(back.resolve("config.json")))
                        .get("torch_dtype")
                        .textValue())
                .isEqualTo("bfloat16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "q8_0", "q4_0"})
    void matricesHaveTheTypeAskedForAndNormsStayF32(String type) throws IOException {
        Path gguf = folder.resolve("m.gguf");
        convert(small(64), "gguf", gguf, "--type", type).succeeded();
        try (Arena arena = Arena.ofConfined()) {
            for (GgufTensor tensor : GgufFile.open(gguf, arena).tensors().values()) {
                String wanted = tensor.shape().rank() == 1 ? "f32" : type;
                assertThat(tensor.type()).as(tensor.name()).hasToString(wanted.toUpperCase(Locale.ROOT));
            }
        }
    }

    @Test
    void rowsThatDontDivideIntoBlocksAreF16() throws IOException {
        Path gguf = folder.resolve("m.gguf");
        convert(small(48), "gguf", gguf, "--type", "q4_0").succeeded();
        try (Arena arena = Arena.ofConfined()) {
            Map<String, GgufTensor> tensors = GgufFile.open(gguf, arena).tensors();
            assertThat(tensors.get("blk.0.ffn_up.weight").type()).isEqualTo(GgmlType.F16);
            assertThat(tensors.get("blk.0.ffn_down.weight").type()).isEqualTo(GgmlType.Q4_0);
        }
    }

    /** A model of one block with random weights and a tokenizer of 900 tokens. */
    private Path small(int width) throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        Files.copy(TOKENIZER, source.resolve("tokenizer.json"));
        Path config = Files.writeString(
                source.resolve("config.json"),
                "{\"model_type\": \"llama\", \"vocab_size\": 903, \"hidden_size\": " + width
                        + ", \"intermediate_size\": 96, \"num_hidden_layers\": 1, \"num_attention_heads\": 2,"
                        + " \"rms_norm_eps\": 1e-5, \"tie_word_embeddings\": true}");
        Path model = folder.resolve("small");
        Program.run("init", "--config", config, "--threads", 1, "--output", model, "--quiet")
                .succeeded();
        return model;
    }

    @Test
    void aLoraHasOneAlphaAndTheRowsOfQueriesInPairs() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.writeString(
                adapter.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 6, \"use_rslora\": true,"
                        + " \"target_modules\": [\"q_proj\"]}");
        List<TensorEntry> weights = new ArrayList<>();
        for (int layer = 0; layer < 5; layer++) {
            String module = "base_model.model.model.layers." + layer + ".self_attn.q_proj.lora_";
            weights.add(tensor(module + "A.weight", 4, 192));
            weights.add(tensor(module + "B.weight", 192, 4));
        }
        SafetensorsWriter.write(adapter.resolve("adapter_model.safetensors"), Map.of(), weights);
        Path gguf = folder.resolve("lora.gguf");
        convert(DEMO, "gguf", gguf, "--adapter", adapter).succeeded();
        try (Arena arena = Arena.ofConfined()) {
            GgufFile file = GgufFile.open(gguf, arena);
            assertThat(file.metadata().values())
                    .containsEntry("general.type", "adapter")
                    .containsEntry("adapter.type", "lora")
                    .containsEntry("adapter.lora.alpha", 12f);
            assertThat(file.tensors()).hasSize(10);
            GgufTensor b = file.tensors().get("blk.4.attn_q.weight.lora_b");
            assertThat(b.type()).isEqualTo(GgmlType.F32);
            // heads of 32 rows: rows 0, 16, 1, 17 … and element 0 of row r is 4 r
            assertThat(b.data().get(LittleEndian.F32, 0)).isZero();
            assertThat(b.data().get(LittleEndian.F32, 16)).isEqualTo(4 * 16);
            assertThat(b.data().get(LittleEndian.F32, 32)).isEqualTo(4);
            assertThat(b.data().get(LittleEndian.F32, 32L * 16)).isEqualTo(4 * 32);
        }
    }

    private static TensorEntry tensor(String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return new TensorEntry(name, DType.F32, Shape.of(rows, columns), MemorySegment.ofArray(values));
    }

    @Test
    void refusesWhatFitsNoFile() throws IOException {
        Path gguf = folder.resolve("m.gguf");
        Path back = folder.resolve("back");
        convert(DEMO, "safetensors", back).refused("in safetensors already");
        convert(DEMO, "safetensors", back, "--type", "q8_0").refused("q8_0 is not for safetensors");
        convert(DEMO, "safetensors", back, "--adapter", DEMO).refused("to gguf only");
        convert(DEMO, "gguf", folder).refused("a folder has the name of the output");
        convert(folder.resolve("none"), "gguf", gguf).refused("none");
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        Files.createDirectory(back);
        Files.createFile(back.resolve("model.safetensors"));
        convert(DEMO, "gguf", gguf).refused("no split like this", "ignore_merges");
        convert(small(64), "gguf", gguf).succeeded();
        convert(gguf, "safetensors", back).refused("a model is there already");
    }

    @Test
    void valuesBeyondF16AreRefusedByName() throws IOException {
        Path model = Files.createDirectory(folder.resolve("large"));
        Files.copy(MODELS.resolve("llama2-mha/config.json"), model.resolve("config.json"));
        try (Arena arena = Arena.ofConfined()) {
            List<TensorEntry> entries =
                    new ArrayList<>(SafetensorsFile.open(MODELS.resolve("llama2-mha/model.safetensors"), arena)
                            .entries()
                            .values());
            TensorEntry head = entries.removeFirst();
            float[] values = head.toFloats();
            values[7] = 70000;
            entries.add(new TensorEntry(head.name(), DType.F32, head.shape(), MemorySegment.ofArray(values)));
            SafetensorsWriter.write(model.resolve("model.safetensors"), Map.of(), entries);
        }
        Path gguf = folder.resolve("m.gguf");
        convert(model, "gguf", gguf, "--type", "f16").refused("70000.0", "f16");
        assertThat(gguf).doesNotExist();
        convert(model, "gguf", gguf, "--type", "bf16").succeeded();
    }
}

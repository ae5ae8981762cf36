package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.GgufWriter;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.MachineCodeSetting;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on model files as a user starts them. */
class FileCommandsTest {
    private static final Path CONFIG = Path.of("../configs/demo/errata-2m/config.json");

    @TempDir
    private Path folder;

    @Test
    void quantizedTensorsComeBackNearlyAsTheyWere() {
        float[] values = new float[130];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        Path input = tensors("w", values);
        Path packed = folder.resolve("packed.safetensors");
        Path back = folder.resolve("back.safetensors");
        JsonNode written = Program.run(
                        "quantize",
                        "--input",
                        input,
                        "--format",
                        "nf4",
                        "--block-size",
                        64,
                        "--double-quant",
                        "--output",
                        packed,
                        "--json")
                .rows()
                .getFirst();
        assertThat(written.get("tensors").intValue()).isEqualTo(6);
        Program.run("dequantize", "--input", packed, "--dtype", "f32", "--output", back)
                .succeeded();
        try (Arena arena = Arena.ofConfined()) {
            float[] restored =
                    SafetensorsFile.open(back, arena).entries().get("w").toFloats();
            assertThat(restored).containsExactly(values, within(0.2f));
        }
    }

    @Test
    void aWholeModelGoesToFourBitsAndBack() throws IOException {
        Path wall = Files.createFile(folder.resolve("wall"));
        Path model = folder.resolve("m");
        Path packed = folder.resolve("packed");
        Path back = folder.resolve("back");
        Program.run("init", "--config", CONFIG, "--dtype", "bf16", "--output", model)
                .succeeded();
        Object[] quantize = {"quantize", "--input", model, "--format", "fp4", "--block-size", 128, "--json", "--output"
        };
        Program.run(with(quantize, wall.resolve("model"))).refused("output can't be written", "wall");
        assertThat(Program.run(with(quantize, packed))
                        .rows()
                        .getFirst()
                        .get("tensors")
                        .intValue())
                .isPositive();
        assertThat(packed.resolve("tokenizer.json")).exists();
        assertThat(packed.resolve("config.json")).content().contains("\"bnb_4bit_quant_type\" : \"fp4\"");
        Program.run("dequantize", "--input", packed, "--dtype", "bf16", "--output", back)
                .succeeded();
        assertThat(back.resolve("config.json")).content().doesNotContain("quantization_config");
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> before =
                    CheckpointFolder.open(model, arena).entries();
            Map<String, TensorEntry> after = CheckpointFolder.open(back, arena).entries();
            assertThat(after.keySet()).containsExactlyInAnyOrderElementsOf(before.keySet());
            String name = "model.layers.0.mlp.up_proj.weight";
            assertThat(after.get(name).dtype()).isEqualTo(DType.BF16);
            assertThat(after.get(name).toFloats())
                    .containsExactly(before.get(name).toFloats(), within(0.02f));
        }
    }

    @Test
    void wrongFormatsAndBlockSizesAreNamed() {
        Path input = tensors("w", 1, 2);
        Path output = folder.resolve("o.safetensors");
        Program.run("quantize", "--input", input, "--format", "nf5", "--block-size", 64, "--output", output)
                .refused("nf5");
        Program.run("quantize", "--input", input, "--format", "nf4", "--block-size", 0, "--output", output)
                .refused("--block-size");
        assertThat(output).doesNotExist();
    }

    @Test
    void mergeNamesWhatIsMissingOrWrong() throws IOException {
        Path adapter = folder.resolve("no-adapter");
        Path output = folder.resolve("merged");
        Path model = CONFIG.getParent();
        Object[] merge = {"merge", "--base", "original", "--output", output, "--adapter", adapter, "--model"};
        Program.run(with(merge, folder.resolve("no-model"))).refused("no-model");
        Program.run(with(merge, model)).refused("no-adapter");
        Files.createDirectory(adapter);
        Files.writeString(
                adapter.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 2, \"target_modules\": []}");
        Program.run(with(merge, model)).refused("adapter_model.safetensors");
        assertThat(output).doesNotExist();
        assertThat(output.resolveSibling("merged.partial")).doesNotExist();
    }

    @Test
    void aFreshModelIsCompleteAndFollowsFromTheSeedAlone() throws IOException {
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        Path other = folder.resolve("other");
        JsonNode made = Program.run(
                        "init", "--config", CONFIG, "--seed", 3, "--threads", 1, "--output", one, "--json", "--quiet")
                .rows()
                .getFirst();
        Program.run("init", "--config", CONFIG, "--seed", 3, "--threads", 2, "--output", two)
                .succeeded();
        Program.run("init", "--config", CONFIG, "--seed", 4, "--dtype", "bf16", "--output", other)
                .succeeded();
        assertThat(one.resolve("model.safetensors")).hasSameBinaryContentAs(two.resolve("model.safetensors"));
        assertThat(one.resolve("config.json")).hasSameBinaryContentAs(CONFIG);
        assertThat(one.resolve("tokenizer.json")).exists();
        assertThat(other.resolve("config.json")).content().contains("\"bfloat16\"");

        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> entries = CheckpointFolder.open(one, arena).entries();
            assertThat(made.get("parameters").longValue())
                    .isEqualTo(entries.values().stream()
                            .mapToLong(entry -> entry.shape().elements())
                            .sum());
            assertThat(entries.get("model.norm.weight").toFloats()).containsOnly(1f);
            float[] embedding = entries.get("model.embed_tokens.weight").toFloats();
            double sum = 0;
            double squares = 0;
            for (float value : embedding) {
                sum += value;
                squares += value * value;
            }
            assertThat(sum / embedding.length).isEqualTo(0, within(3e-4));
            assertThat(Math.sqrt(squares / embedding.length)).isEqualTo(0.02, within(3e-4));
        }
        Program.run("init", "--config", CONFIG, "--output", one).refused("a model is there already", "one");
        Program.run("init", "--config", folder.resolve("none.json"), "--output", folder.resolve("x"))
                .refused("none.json");
    }

    @Test
    void inspectListsConfigAndTensors() {
        Path model = folder.resolve("m");
        Program.run("init", "--config", CONFIG, "--dtype", "f16", "--output", model)
                .succeeded();
        JsonNode seen = Program.run("inspect", model, "--json").rows().getFirst();
        assertThat(seen.get("format").textValue()).isEqualTo("safetensors");
        assertThat(seen.get("config").get("hidden_size").intValue()).isEqualTo(192);
        JsonNode first = seen.get("tensors").get(0);
        assertThat(first.get("name").textValue()).isEqualTo("model.embed_tokens.weight");
        assertThat(first.get("dtype").textValue()).isEqualTo("F16");
        assertThat(first.get("bytes").longValue()).isEqualTo(512 * 192 * 2);
        assertThat(Program.run("inspect", model).out()).contains("hidden_size: 192", "model.norm.weight");
        Program.run("inspect", folder.resolve("none")).refused("none");
    }

    /** As the doctor does, and by the types of the matrices that are multiplied. */
    @Test
    void inspectTellsWhichUnitsWouldMultiply() {
        Path blocks = blocks();
        BackendProvider cpu = Backends.provider("cpu");
        JsonNode products = products(blocks);
        assertThat(products.get("device").textValue()).isEqualTo("cpu");
        assertThat(products.get("machine_code").textValue())
                .isEqualTo(cpu.machineCode().orElseThrow());
        assertThat(texts(products.get("bf16"))).isEqualTo(cpu.bf16Units());
        assertThat(products.get("int8").properties())
                .as("rows of a table are read, not multiplied")
                .extracting(Map.Entry::getKey)
                .containsExactly("Q2_K", "Q4_0");
        assertThat(texts(products.get("int8").get("Q4_0"))).isEqualTo(cpu.int8Units(GgmlType.Q4_0));
        assertThat(products.get("int8").get("Q2_K")).isEmpty();
        assertThat(products(blocks, "--device", "reference").get("machine_code").isNull())
                .isTrue();
        assertThat(Program.run("inspect", blocks, "--device", "cpu").out())
                .contains(
                        "machine code on cpu: " + cpu.machineCode().orElseThrow(),
                        "--dtype bf16 multiplies by",
                        "--dtype int8 multiplies by",
                        "f32 vectors (Q2_K");
    }

    @Test
    void inspectSaysThatMachineCodeIsOff() {
        Path blocks = blocks();
        try {
            JsonNode products = products(blocks, "--machine-code", "off");
            assertThat(products.get("machine_code").textValue()).isEqualTo("none: it is turned off");
            assertThat(products.get("bf16")).isEmpty();
            assertThat(products.get("int8").get("Q4_0")).isEmpty();
            assertThat(Program.run("inspect", blocks, "--device", "cpu", "--machine-code", "off")
                            .out())
                    .contains(
                            "machine code on cpu: none: it is turned off",
                            "--dtype bf16 multiplies by f32 vectors",
                            "--dtype int8 multiplies by f32 vectors (Q2_K, Q4_0)");
        } finally {
            MachineCodeSetting.set(null);
        }
    }

    @Test
    void inspectTellsOfNoUnitsWhereNothingIsMultiplied() {
        Path model = folder.resolve("m");
        Program.run("init", "--config", CONFIG, "--output", model).succeeded();
        assertThat(products(model).get("int8")).isEmpty();
        assertThat(Program.run("inspect", model, "--device", "cpu").out())
                .contains("--dtype int8 is for weights in GGML's blocks");
        Path file = tensors("w", 1, 2);
        assertThat(products(file).isNull()).isTrue();
        assertThat(Program.run("inspect", file).out()).doesNotContain("machine code");
    }

    /** Matrices of two types of blocks, a table of a third, and a norm. */
    private Path blocks() {
        Path file = folder.resolve("blocks.gguf");
        List<GgufWriter.Plan> plans = List.of(
                new GgufWriter.Plan("token_embd.weight", GgmlType.Q8_0, Shape.of(3, 256)),
                new GgufWriter.Plan("blk.0.attn_q.weight", GgmlType.Q2_K, Shape.of(2, 256)),
                new GgufWriter.Plan("blk.0.attn_norm.weight", GgmlType.F32, Shape.of(256)),
                new GgufWriter.Plan("output.weight", GgmlType.Q4_0, Shape.of(3, 256)));
        try (GgufWriter writer = GgufWriter.create(file, Map.of("general.architecture", "llama"), plans)) {
            plans.forEach(plan -> writer.write(plan.name(), MemorySegment.ofArray(new byte[(int) plan.bytes()])));
            writer.commit();
        }
        return file;
    }

    private static JsonNode products(Path model, Object... options) {
        List<Object> all = new ArrayList<>(List.of("inspect", model, "--json"));
        if (options.length == 0 || !options[0].equals("--device")) {
            all.addAll(List.of("--device", "cpu"));
        }
        all.addAll(List.of(options));
        return Program.run(all.toArray()).rows().getFirst().get("products");
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::textValue).toList();
    }

    @Test
    void theDoctorTellsWhatThisMachineHas() {
        JsonNode facts = Program.run("doctor", "--json").rows().getFirst();
        assertThat(facts.get("errata").textValue()).isEqualTo(Version.ERRATA);
        assertThat(facts.get("cores").intValue()).isPositive();
        assertThat(facts.get("backends")).isNotEmpty();
        assertThat(facts.get("problems").isArray()).isTrue();
        assertThat(Program.run("doctor").out()).contains("cores", "device");
    }

    private static Object[] with(Object[] arguments, Object last) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = last;
        return all;
    }

    private Path tensors(String name, float... values) {
        Path file = folder.resolve("in.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            SafetensorsWriter.write(
                    file, Map.of(), List.of(new TensorEntry(name, DType.F32, Shape.of(values.length), data)));
        }
        return file;
    }
}

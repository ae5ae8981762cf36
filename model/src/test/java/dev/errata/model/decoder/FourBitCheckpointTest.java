package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.file.FourBitTensors;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.ModelSource;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Weight;
import dev.errata.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints whose linear layers are stored in 4 bits. */
class FourBitCheckpointTest {
    private static final int[] TEXT = {1, 5, 9, 3, 15, 0, 7};
    private static final Path RECORDED = Path.of("src", "test", "resources", "oracle", "hf4bit", "llama2-nf4-dq");

    @TempDir
    private Path folder;

    private static float[] logits(Path model, FourBitSpec spec, int... text) {
        try (Backend backend = new ReferenceBackend();
                ModelSource source = ModelSource.open(model);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, spec, Precision.F32)) {
            return Scoring.of(decoder, text).logits();
        }
    }

    @Test
    void givesTheLogitsOfTransformersWithoutBeingAskedToQuantize() {
        int[] ids;
        float[] recorded;
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> io = SafetensorsFile.open(
                            RECORDED.resolveSibling("llama2-nf4-dq.io.safetensors"), arena)
                    .entries();
            ids = io.get("input_ids").data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
            recorded = io.get("logits").toFloats();
        }
        float[] got = logits(RECORDED, null, Arrays.copyOf(ids, 16));
        assertThat(got).containsExactly(Arrays.copyOf(recorded, got.length), within(2e-4f));
    }

    @Test
    void everyLinearLayerStaysInFourBits() {
        try (Backend backend = new ReferenceBackend();
                ModelSource source = ModelSource.open(RECORDED);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32)) {
            assertThat(decoder.linears()).hasSize(14);
            assertThat(decoder.linears().values())
                    .allSatisfy(layer -> assertThat(layer.weight()).isInstanceOf(Weight.FourBit.class));
        }
    }

    @Test
    void theStoredQuantizationMayBeNamedAndAnotherOneIsRefused() {
        float[] stored = logits(RECORDED, null, TEXT);
        assertThat(logits(RECORDED, new FourBitSpec(FourBitFormat.NF4, 64, true), TEXT))
                .isEqualTo(stored);
        for (FourBitSpec other : new FourBitSpec[] {
            new FourBitSpec(FourBitFormat.FP4, 64, true),
            new FourBitSpec(FourBitFormat.NF4, 128, true),
            new FourBitSpec(FourBitFormat.NF4, 64, false)
        }) {
            assertThatThrownBy(() -> logits(RECORDED, other, TEXT))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(
                            "tensor model.layers.0.self_attn.q_proj.weight is stored as nf4 in blocks of 64")
                    .hasMessageContaining("model.safetensors");
        }
    }

    /** TinyLlama with some matrices in 4 bits, as if they had been of a type. */
    private Map<String, TensorEntry> quantized(Predicate<String> which, DType dtype, boolean plain) {
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        TinyLlama.tensors().forEach((name, entry) -> {
            if (!which.test(name)) {
                tensors.put(name, entry);
                return;
            }
            QuantizedTensor quantized = QuantizedTensor.quantize(
                            name,
                            FourBitFormat.FP4,
                            32,
                            true,
                            entry.data(),
                            DType.F32,
                            entry.shape(),
                            Arena.ofAuto(),
                            "f")
                    .as(dtype);
            if (plain) {
                MemorySegment values = Arena.ofAuto().allocate(entry.data().byteSize());
                quantized.dequantizeInto(values, DType.F32);
                tensors.put(name, new TensorEntry(name, DType.F32, entry.shape(), values));
            } else {
                FourBitTensors.entries(quantized).forEach(part -> tensors.put(part.name(), part));
            }
        });
        return tensors;
    }

    @ParameterizedTest
    @CsvSource({"F32, _proj.weight", "BF16, _proj.weight", "F16, _proj.weight", "BF16, q_proj.weight", "F32, .weight"})
    void isTheSameModelAsItsDequantizedTensorsWhicheverAreQuantized(DType dtype, String ending) throws IOException {
        Predicate<String> which = name -> name.endsWith(ending) && !name.contains("norm");
        float[] plain = logits(TinyLlama.folder(folder, quantized(which, dtype, true)), null, TEXT);
        Path fourBit = TinyLlama.folder(folder, quantized(which, dtype, false));
        assertThat(logits(fourBit, null, TEXT)).isEqualTo(plain);
        // layers that were left out stay as they are even if the stored quantization is named
        assertThat(logits(fourBit, new FourBitSpec(FourBitFormat.FP4, 32, true), TEXT))
                .isEqualTo(plain);
    }

    @Test
    void namesATensorThatLacksAPartAndOneThatNoModelHas() throws IOException {
        Map<String, TensorEntry> tensors = quantized(name -> name.endsWith("_proj.weight"), DType.F32, false);
        String name = "model.layers.0.mlp.up_proj.weight";
        TensorEntry absmax = tensors.remove(name + ".absmax");
        refused(tensors, "lacks its part .absmax", name);
        tensors.put(name + ".absmax", absmax);
        tensors.put(
                name + ".zero_point", new TensorEntry(name + ".zero_point", DType.U8, absmax.shape(), absmax.data()));
        refused(tensors, name + ".zero_point does not belong");
    }

    @Test
    void namesA4BitTensorOfAnotherShapeThanTheConfigAsksFor() throws IOException {
        Map<String, TensorEntry> tensors = quantized(name -> false, DType.F32, false);
        String name = "model.layers.0.mlp.up_proj.weight";
        float[] values = new float[32 * 32];
        Arrays.fill(values, 1);
        FourBitTensors.entries(QuantizedTensor.quantize(
                        name,
                        FourBitFormat.NF4,
                        64,
                        false,
                        MemorySegment.ofArray(values),
                        DType.F32,
                        Shape.of(32, 32),
                        Arena.ofAuto(),
                        "f"))
                .forEach(part -> tensors.put(part.name(), part));
        refused(tensors, name + " has shape [32, 32], the config asks for [48, 32]");
    }

    private void refused(Map<String, TensorEntry> tensors, String... words) throws IOException {
        Path model = TinyLlama.folder(folder, tensors);
        assertThatThrownBy(() -> logits(model, null, TEXT))
                .isInstanceOf(BadInputException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words).contains("model.safetensors"));
    }
}

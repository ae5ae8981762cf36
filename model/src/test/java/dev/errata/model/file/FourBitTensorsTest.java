package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.errata.quant.Absmax;
import dev.errata.quant.CodeMap;
import dev.errata.quant.DynamicMap;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FourBitTensorsTest {
    private static final Shape SHAPE = Shape.of(3, 52);
    private static final String STATE = "w.quant_state.bitsandbytes__nf4";

    private static QuantizedTensor tensor(boolean doubleQuant) {
        float[] values = new float[(int) SHAPE.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i) * (i + 1);
        }
        return QuantizedTensor.quantize(
                "w",
                FourBitFormat.NF4,
                64,
                doubleQuant,
                MemorySegment.ofArray(values),
                DType.F32,
                SHAPE,
                Arena.ofAuto(),
                "f");
    }

    private static Map<String, TensorEntry> entries(boolean doubleQuant) {
        Map<String, TensorEntry> entries = new LinkedHashMap<>();
        FourBitTensors.entries(tensor(doubleQuant)).forEach(entry -> entries.put(entry.name(), entry));
        return entries;
    }

    private static void put(Map<String, TensorEntry> entries, String name, DType dtype, long elements) {
        byte[] bytes = new byte[(int) elements * dtype.bytes()];
        entries.put(name, new TensorEntry(name, dtype, Shape.of(elements), MemorySegment.ofArray(bytes)));
    }

    private static void refused(Map<String, TensorEntry> entries, String... words) {
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> FourBitTensors.find(entries, "f.safetensors"))
                .satisfies(e -> assertThat(e.getMessage())
                        .contains("f.safetensors, tensor w")
                        .contains(words));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsPlannedIsWhatIsWritten(boolean doubleQuant) {
        assertThat(FourBitTensors.plans("w", FourBitFormat.NF4, 64, doubleQuant, DType.F32, SHAPE))
                .containsExactlyInAnyOrderElementsOf(FourBitTensors.entries(tensor(doubleQuant)).stream()
                        .map(entry -> new SafetensorsWriter.Plan(entry.name(), entry.dtype(), entry.shape()))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(floats = {0, Float.MIN_VALUE, 1.1754944e-38f, 0.20338719f, 1, 123456.79f, Float.MAX_VALUE})
    void anOffsetTakesTheSameBytesWhateverItIsAndComesBackExactly(float offset) {
        byte[] text = state(offset).toJson();
        assertThat(text).hasSameSizeAs(state(0.5f).toJson());
        assertThat(QuantState.parse(text, "f")).isEqualTo(state(offset));
    }

    private static QuantState state(float offset) {
        MemorySegment none = MemorySegment.ofArray(new byte[3]);
        CodeMap map = DynamicMap.SIGNED.codes();
        Absmax scales = new Absmax.Nested(none, none, map, 256, offset);
        MemorySegment packed = MemorySegment.ofArray(new byte[78]);
        return QuantState.of(new QuantizedTensor("w", FourBitFormat.FP4, 64, DType.BF16, SHAPE, packed, scales));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map"})
    void namesThePartThatIsMissing(String part) {
        Map<String, TensorEntry> entries = entries(true);
        entries.remove("w" + part);
        refused(entries, "lacks its part", part);
    }

    @Test
    void namesATensorWhoseQuantStateIsMissing() {
        Map<String, TensorEntry> entries = entries(true);
        entries.remove(STATE);
        refused(entries, "lacks its part .quant_state");
    }

    @ParameterizedTest
    @CsvSource({
        ".quant_map, F32, 15",
        ".quant_map, F16, 16",
        ".absmax, U8, 2",
        ".absmax, F32, 3",
        ".nested_absmax, F32, 2",
        ".nested_quant_map, F32, 255"
    })
    void namesAPartOfTheWrongLengthOrType(String part, DType dtype, long elements) {
        Map<String, TensorEntry> entries = entries(true);
        put(entries, "w" + part, dtype, elements);
        refused(entries, "w" + part);
    }

    @Test
    void namesCodesThatAreTooFew() {
        Map<String, TensorEntry> entries = entries(false);
        put(entries, "w", DType.U8, 77);
        refused(entries, "77 bytes of codes");
    }

    @Test
    void refusesNestedPartsThatTheQuantStateDoesNotKnow() {
        Map<String, TensorEntry> entries = entries(false);
        put(entries, "w.nested_absmax", DType.F32, 1);
        refused(entries, ".nested_absmax");
    }

    @Test
    void refusesAQuantMapOfAnotherFormat() {
        Map<String, TensorEntry> entries = entries(false);
        put(entries, "w.quant_map", DType.F32, 16);
        refused(entries, "quant_map is not that of nf4");
    }

    @ParameterizedTest
    @EnumSource(names = {"U8", "BF16", "F16"})
    void readsCodesWhateverTypeTheirBytesAreDeclaredAs(DType storage) {
        Map<String, TensorEntry> entries = entries(true);
        MemorySegment packed = entries.get("w").data();
        entries.put("w", new TensorEntry("w", storage, Shape.of(78 / storage.bytes(), 1), packed));
        QuantizedTensor found = FourBitTensors.find(entries, "f").quantized().get("w");
        assertThat(found.packed().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(packed.toArray(ValueLayout.JAVA_BYTE));
        assertThat(found.shape()).isEqualTo(SHAPE);
    }

    @Test
    void readsAQuantStateThatSaysNullWhereNothingIsNested() {
        Map<String, TensorEntry> entries = entries(false);
        String json = "{\"quant_type\": \"nf4\", \"blocksize\": 64, \"dtype\": \"bfloat16\", \"shape\": [3, 52], "
                + "\"nested_blocksize\": null, \"nested_dtype\": null, \"nested_offset\": null}";
        MemorySegment text = MemorySegment.ofArray(json.getBytes(StandardCharsets.UTF_8));
        entries.put(STATE, new TensorEntry(STATE, DType.U8, Shape.of(text.byteSize()), text));
        QuantizedTensor found = FourBitTensors.find(entries, "f").quantized().get("w");
        assertThat(found.dtype()).isEqualTo(DType.BF16);
        assertThat(found.absmax()).isInstanceOf(Absmax.Plain.class);
    }
}

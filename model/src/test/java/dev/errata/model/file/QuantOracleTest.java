package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.errata.quant.Absmax;
import dev.errata.quant.BlockwiseEightBit;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.CodeMap;
import dev.errata.quant.DoubleQuantization;
import dev.errata.quant.DynamicMap;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.LittleEndian;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The codecs of module quant against what bitsandbytes recorded. */
class QuantOracleTest {
    enum Source {
        COMMITTED,
        SHARED;

        Path folder() {
            return this == COMMITTED ? SharedData.committed("oracle/quant") : SharedData.require("oracle/quant");
        }
    }

    @Test
    void codeTablesAreBitForBitThoseOfBitsandbytes() {
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> codes = SafetensorsFile.open(
                            Source.COMMITTED.folder().resolve("codes.safetensors"), arena)
                    .entries();
            assertThat(DynamicMap.SIGNED.codes().values()).isEqualTo(floats(codes.get("dynamic_signed")));
            assertThat(DynamicMap.UNSIGNED.codes().values()).isEqualTo(floats(codes.get("dynamic_unsigned")));
            for (FourBitFormat format : FourBitFormat.values()) {
                assertThat(format.codebook()).isEqualTo(floats(codes.get(format.formatName())));
                assertDecisionBounds(format, floats(codes.get(format.formatName() + "_midpoints")), codes);
            }
        }
    }

    private static void assertDecisionBounds(FourBitFormat format, float[] midpoints, Map<String, TensorEntry> codes) {
        MemorySegment order = codes.get(format.formatName() + "_sorted_index").data();
        for (int i = 0; i < midpoints.length; i++) {
            int lower = order.get(LittleEndian.I32, (long) i * Integer.BYTES);
            int upper = order.get(LittleEndian.I32, (i + 1L) * Integer.BYTES);
            assertThat(format.nearest(midpoints[i])).isEqualTo(lower);
            assertThat(format.nearest(Math.nextUp(midpoints[i]))).isEqualTo(upper);
        }
    }

    @ParameterizedTest
    @EnumSource
    void quantizesAndDequantizesTheRecordedCases(Source source) throws IOException {
        JsonNode cases =
                new JsonMapper().readTree(source.folder().resolve("cases4.json").toFile());
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> tensors = SafetensorsFile.open(
                            source.folder().resolve("cases4.safetensors"), arena)
                    .entries();
            for (JsonNode entry : cases) {
                FourBitCase recorded = new FourBitCase(entry, tensors);
                recorded.assertCodes(arena);
                recorded.assertScales(arena);
                recorded.assertDequantized(arena);
            }
        }
    }

    private record FourBitCase(JsonNode info, Map<String, TensorEntry> tensors) {
        String name() {
            return info.get("case").asText();
        }

        TensorEntry part(String part) {
            return tensors.get(name() + "." + part);
        }

        boolean isDouble() {
            return info.get("double_quant").asBoolean();
        }

        DType dtype() {
            return DType.valueOf(info.get("dtype").asText().toUpperCase(Locale.ROOT));
        }

        FourBitFormat format() {
            return FourBitFormat.named(info.get("quant_type").asText()).orElseThrow();
        }

        QuantizedTensor quantize(Arena arena) {
            TensorEntry input = tensors.get(info.get("input").asText());
            int blockSize = info.get("blocksize").asInt();
            return QuantizedTensor.quantize(
                    name(), format(), blockSize, isDouble(), input.data(), dtype(), input.shape(), arena, "cases");
        }

        void assertCodes(Arena arena) {
            assertThat(bytes(quantize(arena).packed()))
                    .as(name())
                    .isEqualTo(bytes(part("packed").data()));
        }

        void assertScales(Arena arena) {
            switch (quantize(arena).absmax()) {
                case Absmax.Plain(MemorySegment values) -> {
                    float[] got = floats(values);
                    float[] want = floats(part("absmax"));
                    assertThat(got).as(name()).hasSameSizeAs(want);
                    for (int i = 0; i < want.length; i++) {
                        // a short last block of zeros is recorded as 1e-38
                        assertThat(got[i]).as(name()).isEqualTo(want[i], within(want[i] <= 1e-37f ? 1e-37f : 0f));
                    }
                }
                case Absmax.Nested nested -> assertNested(nested, arena);
            }
        }

        private void assertNested(Absmax.Nested nested, Arena arena) {
            float offset = floats(part("offset"))[0];
            assertThat(nested.offset()).as(name()).isEqualTo(offset, within(1e-6f * Math.abs(offset)));
            Absmax.Nested given = DoubleQuantization.quantize(scales(arena), offset, arena, name());
            assertThat(bytes(given.codes()))
                    .as(name() + " with the recorded offset")
                    .isEqualTo(bytes(part("absmax").data()));
            float[] want = floats(part("nested_absmax"));
            float[] got = floats(given.nestedAbsmax());
            for (int i = 0; i < want.length; i++) {
                assertThat(got[i]).as(name()).isEqualTo(want[i], within(1e-6f * Math.abs(want[i]) + 1e-37f));
            }
        }

        private MemorySegment scales(Arena arena) {
            TensorEntry input = tensors.get(info.get("input").asText());
            long n = input.shape().elements();
            int blockSize = info.get("blocksize").asInt();
            MemorySegment scales = arena.allocate(BlockwiseFourBit.blocks(n, blockSize) * Float.BYTES);
            MemorySegment packed = arena.allocate(BlockwiseFourBit.packedBytes(n));
            BlockwiseFourBit.quantize(format(), blockSize, input.data(), dtype(), n, packed, scales, name());
            return scales;
        }

        void assertDequantized(Arena arena) {
            TensorEntry want = part("dequant");
            if (want == null) {
                return; // not recorded for some of the larger cases
            }
            Absmax absmax = isDouble()
                    ? new Absmax.Nested(
                            part("absmax").data(),
                            part("nested_absmax").data(),
                            DynamicMap.SIGNED.codes(),
                            256,
                            floats(part("offset"))[0])
                    : new Absmax.Plain(part("absmax").data());
            Shape shape = want.shape();
            MemorySegment packed = part("packed").data();
            int blockSize = info.get("blocksize").asInt();
            QuantizedTensor tensor = new QuantizedTensor(name(), format(), blockSize, dtype(), shape, packed, absmax);
            MemorySegment got = arena.allocate(want.data().byteSize());
            tensor.dequantizeInto(got, dtype());
            assertThat(withoutSignOfZero(got, dtype())).as(name()).isEqualTo(withoutSignOfZero(want.data(), dtype()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void eightBitCodesAreTheRecordedOnes(Source source) throws IOException {
        JsonNode cases =
                new JsonMapper().readTree(source.folder().resolve("cases8.json").toFile());
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> tensors = SafetensorsFile.open(
                            source.folder().resolve("cases8.safetensors"), arena)
                    .entries();
            for (JsonNode entry : cases) {
                assertEightBit(entry, tensors, arena);
            }
        }
    }

    private static void assertEightBit(JsonNode entry, Map<String, TensorEntry> tensors, Arena arena) {
        String name = entry.get("case").asText();
        int blockSize = entry.get("blocksize").asInt();
        CodeMap map =
                (entry.get("map").asText().equals("dynamic_signed") ? DynamicMap.SIGNED : DynamicMap.UNSIGNED).codes();
        TensorEntry input = tensors.get(entry.get("input").asText());
        int n = (int) input.shape().elements();
        MemorySegment codes = arena.allocate(n);
        MemorySegment absmax = arena.allocate(BlockwiseFourBit.blocks(n, blockSize) * Float.BYTES);
        BlockwiseEightBit.quantize(map, blockSize, input.data(), n, codes, absmax, name);
        assertThat(bytes(codes))
                .as(name)
                .isEqualTo(bytes(tensors.get(name + ".codes").data()));
        assertThat(floats(absmax)).as(name).isEqualTo(floats(tensors.get(name + ".absmax")));
        float[] back = new float[n];
        BlockwiseEightBit.dequantize(map, blockSize, codes, absmax, 0, back, 0, n);
        assertThat(back).as(name).isEqualTo(floats(tensors.get(name + ".dequant")));
    }

    private static float[] floats(TensorEntry entry) {
        return floats(entry.data());
    }

    private static float[] floats(MemorySegment data) {
        return data.toArray(LittleEndian.F32);
    }

    private static byte[] bytes(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Bits of the elements with -0 as 0: the peer's zeros of some paths have the other sign, and compare equal. */
    private static long[] withoutSignOfZero(MemorySegment data, DType dtype) {
        long[] bits = dtype == DType.F32
                ? Arrays.stream(data.toArray(LittleEndian.I32))
                        .mapToLong(Integer::toUnsignedLong)
                        .toArray()
                : shorts(data);
        long minusZero = 1L << (8 * dtype.bytes() - 1);
        for (int i = 0; i < bits.length; i++) {
            bits[i] = bits[i] == minusZero ? 0 : bits[i];
        }
        return bits;
    }

    private static long[] shorts(MemorySegment data) {
        short[] values = data.toArray(LittleEndian.I16);
        long[] bits = new long[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Short.toUnsignedLong(values[i]);
        }
        return bits;
    }
}

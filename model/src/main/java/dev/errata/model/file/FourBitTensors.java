package dev.errata.model.file;

import dev.errata.quant.Absmax;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.CodeMap;
import dev.errata.quant.DoubleQuantization;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.HalfFloats;
import dev.errata.quant.LittleEndian;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * 4-bit tensors as transformers and bitsandbytes store them: {@code NAME} U8 [(n + 1) / 2, 1], {@code NAME.absmax} F32
 * (or U8 with double quantization), {@code NAME.quant_map} F32 [16], {@code NAME.nested_absmax} F32,
 * {@code NAME.nested_quant_map} F32 [256], and {@code NAME.quant_state.bitsandbytes__nf4} (or {@code __fp4}), the bytes
 * of a JSON text.
 */
public final class FourBitTensors {
    private static final String STATE = ".quant_state.bitsandbytes__";
    private static final List<String> PARTS = List.of(".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map");
    private static final String REMEDY = "get the file anew or quantize the original again";
    /** How far a stored code may be from the format's own: the last digits of other programs' tables. */
    private static final float MAP_TOLERANCE = 1e-6f;
    /** Elements that are dequantized at a time. */
    private static final int PIECE = 1 << 18;

    private FourBitTensors() {}

    /**
     * What a set of tensors means.
     *
     * @param quantized the 4-bit tensors by name
     * @param plain all tensors that are no part of a 4-bit one, by name
     */
    public record Found(Map<String, QuantizedTensor> quantized, Map<String, TensorEntry> plain) {}

    /**
     * Finds the 4-bit tensors among those of a file or folder. Nothing is copied. The codes may be declared as a wider
     * type of as many bytes (transformers' {@code bnb_4bit_quant_storage}).
     *
     * @param where the file or folder, for errors
     * @throws BadInputException if a 4-bit tensor lacks a part, has one too many, or its parts don't fit together
     */
    public static Found find(Map<String, TensorEntry> entries, String where) {
        Map<String, QuantizedTensor> quantized = new LinkedHashMap<>();
        Map<String, TensorEntry> plain = new LinkedHashMap<>(entries);
        for (TensorEntry state : entries.values()) {
            int at = state.name().indexOf(STATE);
            if (at > 0) {
                String name = state.name().substring(0, at);
                if (quantized.containsKey(name)) {
                    throw new BadInputException("tensor has two quant_states", where + ", tensor " + name, REMEDY);
                }
                quantized.put(name, new Parts(entries, name, where + ", tensor " + name).assemble(state));
                plain.remove(name);
                plain.remove(state.name());
                PARTS.forEach(part -> plain.remove(name + part));
            }
        }
        for (String name : plain.keySet()) {
            requireState(name, entries, quantized, where);
        }
        return new Found(quantized, plain);
    }

    /** Refuses a plain tensor that has the name of a part of bytes which no quant_state explains. */
    private static void requireState(
            String name, Map<String, TensorEntry> entries, Map<String, QuantizedTensor> quantized, String where) {
        for (String part : PARTS) {
            if (name.endsWith(part)) {
                String whole = name.substring(0, name.length() - part.length());
                TensorEntry codes = entries.get(whole);
                if (codes != null && codes.dtype() == DType.U8 && !quantized.containsKey(whole)) {
                    throw new BadInputException(
                            "4-bit tensor lacks its part .quant_state", where + ", tensor " + whole, REMEDY);
                }
            }
        }
    }

    /** What the {@link #entries} of a tensor will be, before it is quantized. */
    public static List<SafetensorsWriter.Plan> plans(
            String name, FourBitFormat format, int blockSize, boolean doubleQuant, DType dtype, Shape shape) {
        long blocks = BlockwiseFourBit.blocks(shape.elements(), blockSize);
        Optional<QuantState.Nested> nested = doubleQuant
                ? Optional.of(new QuantState.Nested(DoubleQuantization.NESTED_BLOCK_SIZE, 0))
                : Optional.empty();
        int stateBytes = new QuantState(format, blockSize, dtype, shape, nested).toJson().length;
        List<SafetensorsWriter.Plan> plans = new ArrayList<>();
        plans.add(plan(name, DType.U8, BlockwiseFourBit.packedBytes(shape.elements()), 1));
        plans.add(plan(name + ".absmax", doubleQuant ? DType.U8 : DType.F32, blocks));
        if (doubleQuant) {
            long nestedBlocks = BlockwiseFourBit.blocks(blocks, DoubleQuantization.NESTED_BLOCK_SIZE);
            plans.add(plan(name + ".nested_absmax", DType.F32, nestedBlocks));
            plans.add(plan(name + ".nested_quant_map", DType.F32, 256));
        }
        plans.add(plan(name + ".quant_map", DType.F32, 16));
        plans.add(plan(name + STATE + format.formatName(), DType.U8, stateBytes));
        return plans;
    }

    private static SafetensorsWriter.Plan plan(String name, DType dtype, long... dims) {
        return new SafetensorsWriter.Plan(name, dtype, Shape.of(dims));
    }

    /** The tensors that stand for a 4-bit one in a file. */
    public static List<TensorEntry> entries(QuantizedTensor tensor) {
        String name = tensor.name();
        List<TensorEntry> entries = new ArrayList<>();
        entries.add(new TensorEntry(name, DType.U8, Shape.of(tensor.packed().byteSize(), 1), tensor.packed()));
        switch (tensor.absmax()) {
            case Absmax.Plain(MemorySegment values) -> entries.add(floats(name + ".absmax", values));
            case Absmax.Nested nested -> {
                entries.add(bytes(name + ".absmax", nested.codes()));
                entries.add(floats(name + ".nested_absmax", nested.nestedAbsmax()));
                entries.add(
                        floats(name + ".nested_quant_map", little(nested.map().values())));
            }
        }
        entries.add(floats(name + ".quant_map", little(tensor.format().codebook())));
        MemorySegment json = MemorySegment.ofArray(QuantState.of(tensor).toJson());
        entries.add(bytes(name + STATE + tensor.format().formatName(), json));
        return entries;
    }

    /** Writes the {@link #entries} of a tensor. */
    public static void write(QuantizedTensor tensor, SafetensorsWriter writer) {
        for (TensorEntry entry : entries(tensor)) {
            writer.write(entry.name(), entry.data());
        }
    }

    /**
     * Writes a tensor dequantized, a piece at a time.
     *
     * @param target F32, BF16 or F16
     */
    public static void writePlain(QuantizedTensor tensor, DType target, SafetensorsWriter writer) {
        long n = tensor.shape().elements();
        float[] values = new float[(int) Math.min(n, PIECE)];
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment stored = scratch.allocate((long) values.length * target.bytes(), Long.BYTES);
            for (long from = 0; from < n; from += PIECE) {
                int count = (int) Math.min(PIECE, n - from);
                tensor.dequantizeInto(from, count, values, 0);
                HalfFloats.narrow(values, 0, count, stored, target, 0);
                writer.write(tensor.name(), stored.asSlice(0, (long) count * target.bytes()));
            }
        }
        MappedPages.release(tensor.packed());
    }

    private static TensorEntry floats(String name, MemorySegment data) {
        return new TensorEntry(name, DType.F32, Shape.of(data.byteSize() / Float.BYTES), data);
    }

    private static TensorEntry bytes(String name, MemorySegment data) {
        return new TensorEntry(name, DType.U8, Shape.of(data.byteSize()), data);
    }

    private static MemorySegment little(float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
        MemorySegment.copy(values, 0, bytes, LittleEndian.F32, 0, values.length);
        return bytes;
    }

    /** The parts of one 4-bit tensor among the tensors of a file. */
    private record Parts(Map<String, TensorEntry> entries, String name, String where) {
        QuantizedTensor assemble(TensorEntry stateEntry) {
            require(stateEntry, DType.U8, stateEntry.shape().elements());
            QuantState state = QuantState.parse(stateEntry.data().toArray(ValueLayout.JAVA_BYTE), where);
            if (!stateEntry.name().endsWith(STATE + state.format().formatName())) {
                throw bad("quant_state is of another format than its name says");
            }
            long n = state.shape().elements();
            long blocks = BlockwiseFourBit.blocks(n, state.blockSize());
            TensorEntry packed = codes(BlockwiseFourBit.packedBytes(n));
            checkCodebook(state.format());
            Optional<QuantState.Nested> nested = state.nested();
            Absmax absmax = nested.isEmpty() ? plain(blocks) : nested(nested.get(), blocks);
            return new QuantizedTensor(
                    name, state.format(), state.blockSize(), state.dtype(), state.shape(), packed.data(), absmax);
        }

        /** The codes, whatever type their bytes are declared as. */
        private TensorEntry codes(long bytes) {
            TensorEntry codes = require("");
            if (codes.data().byteSize() != bytes) {
                throw bad("4-bit tensor has " + codes.data().byteSize() + " bytes of codes where its shape wants "
                        + bytes);
            }
            return codes;
        }

        private Absmax.Plain plain(long blocks) {
            for (String part : List.of(".nested_absmax", ".nested_quant_map")) {
                if (entries.containsKey(name + part)) {
                    throw bad("4-bit tensor has a part " + part + " that its quant_state does not ask for");
                }
            }
            return new Absmax.Plain(part(".absmax", DType.F32, blocks).data());
        }

        private Absmax.Nested nested(QuantState.Nested nested, long blocks) {
            MemorySegment codes = part(".absmax", DType.U8, blocks).data();
            long nestedBlocks = BlockwiseFourBit.blocks(blocks, nested.blockSize());
            MemorySegment nestedAbsmax =
                    part(".nested_absmax", DType.F32, nestedBlocks).data();
            float[] values = new float[256];
            MemorySegment.copy(
                    part(".nested_quant_map", DType.F32, values.length).data(), LittleEndian.F32, 0, values, 0, 256);
            try {
                return new Absmax.Nested(codes, nestedAbsmax, CodeMap.of(values), nested.blockSize(), nested.offset());
            } catch (IllegalArgumentException e) {
                throw new BadInputException("nested_quant_map is not ascending", where, REMEDY, e);
            }
        }

        private void checkCodebook(FourBitFormat format) {
            MemorySegment map = part(".quant_map", DType.F32, 16).data();
            for (int code = 0; code < 16; code++) {
                float stored = map.get(LittleEndian.F32, (long) code * Float.BYTES);
                if (!(Math.abs(stored - format.value(code)) <= MAP_TOLERANCE)) {
                    throw bad("quant_map is not that of " + format.formatName());
                }
            }
        }

        private TensorEntry part(String suffix, DType dtype, long elements) {
            TensorEntry entry = require(suffix);
            require(entry, dtype, elements);
            return entry;
        }

        private TensorEntry require(String suffix) {
            TensorEntry entry = entries.get(name + suffix);
            if (entry == null) {
                throw bad("4-bit tensor lacks its part " + (suffix.isEmpty() ? "with the codes" : suffix));
            }
            return entry;
        }

        private void require(TensorEntry entry, DType dtype, long elements) {
            if (entry.dtype() != dtype || entry.shape().elements() != elements) {
                throw new BadInputException(
                        "4-bit tensor has a part " + entry.dtype() + " " + entry.shape() + " where " + dtype + " with "
                                + elements + " elements is wanted",
                        where + ", part " + entry.name(),
                        REMEDY);
            }
        }

        private BadInputException bad(String what) {
            return new BadInputException(what, where, REMEDY);
        }
    }
}

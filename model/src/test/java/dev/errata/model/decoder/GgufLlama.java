package dev.errata.model.decoder;

import dev.errata.model.file.GgufWriter;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file with a LLaMA of two blocks whose matrices are random blocks of one type, and its twin, the same values as
 * F32. Rows are wide enough for super-blocks.
 */
final class GgufLlama {
    static final int VOCABULARY = 64;
    private static final int WIDTH = 256;
    private static final int KEY_WIDTH = 128;
    private static final int LAYERS = 2;

    /** Where the f16 scales of a block lie; random bits there would give numbers beyond all bounds. */
    private static final Map<GgmlType, List<Integer>> SCALES = Map.of(
            GgmlType.Q4_1, List.of(0, 2),
            GgmlType.Q5_1, List.of(0, 2),
            GgmlType.Q2_K, List.of(80, 82),
            GgmlType.Q3_K, List.of(108),
            GgmlType.Q4_K, List.of(0, 2),
            GgmlType.Q5_K, List.of(0, 2),
            GgmlType.Q6_K, List.of(208));

    private final GgmlType type;
    private final boolean tied;
    private final Map<String, long[]> matrices = new LinkedHashMap<>();
    private final Map<String, long[]> norms = new LinkedHashMap<>();

    /**
     * @param tied whether the output layer is the embedding
     */
    GgufLlama(GgmlType type, boolean tied) {
        this.type = type;
        this.tied = tied;
        matrices.put("token_embd", new long[] {VOCABULARY, WIDTH});
        if (!tied) {
            matrices.put("output", new long[] {VOCABULARY, WIDTH});
        }
        norms.put("output_norm", new long[] {WIDTH});
        for (int layer = 0; layer < LAYERS; layer++) {
            String at = "blk." + layer + ".";
            norms.put(at + "attn_norm", new long[] {WIDTH});
            norms.put(at + "ffn_norm", new long[] {WIDTH});
            matrices.put(at + "attn_q", new long[] {WIDTH, WIDTH});
            matrices.put(at + "attn_k", new long[] {KEY_WIDTH, WIDTH});
            matrices.put(at + "attn_v", new long[] {KEY_WIDTH, WIDTH});
            matrices.put(at + "attn_output", new long[] {WIDTH, WIDTH});
            matrices.put(at + "ffn_gate", new long[] {WIDTH, WIDTH});
            matrices.put(at + "ffn_up", new long[] {WIDTH, WIDTH});
            matrices.put(at + "ffn_down", new long[] {WIDTH, WIDTH});
        }
    }

    /** Bytes of all matrices that are multiplied. */
    long multipliedBytes() {
        return matrices.entrySet().stream()
                .filter(each -> tied || !each.getKey().equals("token_embd"))
                .mapToLong(each -> bytes(each.getValue()))
                .sum();
    }

    private long bytes(long[] dims) {
        return Shape.of(dims).elements() / type.blockSize() * type.blockBytes();
    }

    /**
     * @param widened whether matrices are written as F32
     */
    Path write(Path file, boolean widened) {
        List<GgufWriter.Plan> plans = new ArrayList<>();
        matrices.forEach((name, dims) ->
                plans.add(new GgufWriter.Plan(name + ".weight", widened ? GgmlType.F32 : type, Shape.of(dims))));
        norms.forEach((name, dims) -> plans.add(new GgufWriter.Plan(name + ".weight", GgmlType.F32, Shape.of(dims))));
        try (GgufWriter writer = GgufWriter.create(file, keys(), plans)) {
            matrices.forEach((name, dims) ->
                    writer.write(name + ".weight", widened ? widened(dims, blocks(name, dims)) : blocks(name, dims)));
            norms.forEach((name, dims) -> writer.write(name + ".weight", norm()));
            writer.commit();
        }
        return file;
    }

    private static MemorySegment norm() {
        MemorySegment norm = MemorySegment.ofArray(new byte[WIDTH * Float.BYTES]);
        for (int i = 0; i < WIDTH; i++) {
            norm.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, 0.75f + i % 3 * 0.25f);
        }
        return norm;
    }

    /** Random bits where blocks hold codes, and small numbers where they hold f16. */
    private MemorySegment blocks(String name, long[] dims) {
        MemorySegment blocks = MemorySegment.ofArray(new byte[Math.toIntExact(bytes(dims))]);
        long stream = Philox.stream("blocks", name);
        for (long i = 0; i < blocks.byteSize(); i++) {
            blocks.set(ValueLayout.JAVA_BYTE, i, (byte) Philox.bits(5, stream, i));
        }
        for (long block = 0; block < blocks.byteSize(); block += type.blockBytes()) {
            for (int scale : SCALES.getOrDefault(type, List.of(0))) {
                float value = (float) Philox.normal(6, stream, block + scale);
                short bits = type == GgmlType.BF16
                        ? Rounding.bf16Bits(value / 16)
                        : Float.floatToFloat16(value / (type.blockSize() == 1 ? 16 : 1024));
                blocks.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + scale, bits);
            }
        }
        return blocks;
    }

    private MemorySegment widened(long[] dims, MemorySegment blocks) {
        long elements = Shape.of(dims).elements();
        MemorySegment values = MemorySegment.ofArray(new byte[Math.toIntExact(elements * Float.BYTES)]);
        GgmlBlocks.decode(type, blocks, 0, elements / type.blockSize(), values, 0);
        return values;
    }

    private static Map<String, Object> keys() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", "llama");
        keys.put("llama.block_count", (long) LAYERS);
        keys.put("llama.context_length", 64L);
        keys.put("llama.embedding_length", (long) WIDTH);
        keys.put("llama.feed_forward_length", (long) WIDTH);
        keys.put("llama.attention.head_count", 4L);
        keys.put("llama.attention.head_count_kv", 2L);
        keys.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        keys.put("llama.rope.dimension_count", 64L);
        keys.put("llama.rope.freq_base", 10000f);
        keys.put("llama.vocab_size", (long) VOCABULARY);
        return keys;
    }
}

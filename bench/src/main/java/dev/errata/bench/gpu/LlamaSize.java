package dev.errata.bench.gpu;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.config.RopeConfig;
import dev.errata.model.family.BlockPart;
import dev.errata.model.family.Families;
import dev.errata.model.family.SoftCaps;
import dev.errata.model.weights.DecoderLayout;
import java.util.List;
import java.util.Set;

/**
 * A model of LLaMA's architecture by its sizes.
 *
 * @param hidden C
 * @param intermediate of the feed-forward network
 * @param heads H, {@code keyHeads} K; a head has hidden / heads elements
 * @param vocabulary V
 */
public record LlamaSize(
        String name, int hidden, int intermediate, int layers, int heads, int keyHeads, int vocabulary) {
    static final LlamaSize B7 = new LlamaSize("llama-2-7b", 4096, 11008, 32, 32, 32, 32_000);
    static final LlamaSize B13 = new LlamaSize("llama-2-13b", 5120, 13_824, 40, 40, 40, 32_000);
    static final LlamaSize B70 = new LlamaSize("llama-2-70b", 8192, 28_672, 80, 64, 8, 32_000);
    /** For a check beside the CPU. */
    public static final LlamaSize SMALL = new LlamaSize("small", 512, 1376, 4, 4, 2, 1000);
    /** Two layers as wide as a model's, for kernels that small sizes don't ask for. */
    public static final LlamaSize WIDE = new LlamaSize("wide", 2048, 5504, 2, 16, 16, 4000);
    /** For the simulator. */
    public static final LlamaSize TINY = new LlamaSize("tiny", 128, 192, 2, 2, 1, 256);

    private static final int POSITIONS = 4096;

    /** The same with another number of layers. */
    LlamaSize withLayers(int count) {
        return new LlamaSize(name, hidden, intermediate, count, heads, keyHeads, vocabulary);
    }

    /** Its config, with rotary angles and norms as LLaMA-2 has them. */
    public ModelConfig config() {
        int headDim = hidden / heads;
        return new ModelConfig(
                Families.ofType("llama").orElseThrow(),
                vocabulary,
                hidden,
                intermediate,
                layers,
                heads,
                keyHeads,
                headDim,
                1e-5f,
                POSITIONS,
                false,
                false,
                false,
                false,
                (float) (1 / Math.sqrt(headDim)),
                SoftCaps.NONE,
                0,
                Set.of(),
                new RopeConfig(10_000, new RopeConfig.Scaling.Default()),
                0.02f,
                1,
                List.of(2));
    }

    /** Elements of the blocks' linear layers. */
    long linearElements() {
        ModelConfig config = config();
        long sum = 0;
        for (BlockPart part : DecoderLayout.linears(config).values()) {
            sum += (long) DecoderLayout.out(config, part) * DecoderLayout.in(config, part);
        }
        return sum;
    }

    /** Elements of adapters of this rank on all of the blocks' linear layers. */
    long adapterElements(int rank) {
        ModelConfig config = config();
        long sum = 0;
        for (BlockPart part : DecoderLayout.linears(config).values()) {
            sum += (long) rank * (DecoderLayout.out(config, part) + DecoderLayout.in(config, part));
        }
        return sum;
    }

    /** Bytes of a token's keys and values of all layers in BF16. */
    long keyValueBytes() {
        return 2L * Short.BYTES * layers * keyHeads * (hidden / heads);
    }
}

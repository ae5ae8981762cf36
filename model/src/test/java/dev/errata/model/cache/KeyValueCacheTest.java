package dev.errata.model.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyValueCacheTest {
    private static ModelConfig config;
    private final Backend backend = Backends.choose("cpu", 1);

    @BeforeAll
    static void load() {
        try (Backend any = Backends.choose("cpu", 1);
                var decoder = RecordedModel.committed("llama3-gqa-tied").load(any)) {
            config = decoder.config();
        }
    }

    @AfterEach
    void close() {
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    @Test
    void memoryFollowsTheTokensThatAreHeld() {
        try (KeyValueCache cache = new KeyValueCache(backend, config, DType.F32, 1000)) {
            CachedSequence one = cache.open();
            CachedSequence two = cache.open();
            assertThat(backend.liveBytes()).isZero();
            cache.extend(one, 33);
            cache.extend(two, 32);
            assertThat(cache.held()).isEqualTo(3);
            cache.extend(two, 33);
            assertThat(cache.held()).isEqualTo(4);
            assertThat(cache.size()).isLessThan(10);
            cache.extend(one, 3200);
            assertThat(cache.size()).isBetween(102, 160);
            cache.release(one);
            assertThat(cache.held()).isEqualTo(2);
            assertThat(cache.slot(two, 32) % 32).isZero();
        }
    }

    @Test
    void blocksAreSharedAndAPartlyFilledOneIsCopiedOnlyWhenNeeded() {
        try (KeyValueCache cache = new KeyValueCache(backend, config, DType.BF16, 100)) {
            CachedSequence first = cache.open();
            cache.extend(first, 40);
            CachedSequence second = cache.share(first, 40);
            CachedSequence third = cache.share(first, 32);
            assertThat(cache.held()).isEqualTo(2);
            cache.extend(third, 40);
            assertThat(cache.held()).as("a whole block is not copied").isEqualTo(3);
            cache.extend(second, 41);
            assertThat(cache.held()).as("a partly filled one is").isEqualTo(4);
            assertThat(cache.slot(second, 5)).isEqualTo(cache.slot(first, 5));
            assertThat(cache.slot(second, 35)).isNotEqualTo(cache.slot(first, 35));
            cache.extend(first, 41);
            assertThat(cache.held()).as("the last holder goes on in it").isEqualTo(4);
            cache.release(first);
            assertThat(cache.slot(second, 5)).isEqualTo(cache.slot(third, 5));
            assertThat(cache.held()).isEqualTo(3);
            cache.release(second);
            cache.release(third);
            assertThat(cache.held()).isZero();
        }
    }

    @Test
    void moreBlocksThanThereMayBeAreRefused() {
        try (KeyValueCache cache = new KeyValueCache(backend, config, DType.F32, 3)) {
            CachedSequence one = cache.open();
            cache.extend(one, 96);
            assertThatThrownBy(() -> cache.extend(one, 97))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("at most 3 blocks");
            assertThatThrownBy(() -> cache.share(one, 97)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** What is in a cache outlives its growth and the copies of shared blocks: attention over it stays the same. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "sim"})
    void keysStayWhatTheyAreWhenBlocksAreCopiedAndTheCacheGrows(String device) {
        try (Backend any = Backends.choose(device, 1);
                KeyValueCache cache = new KeyValueCache(any, config, DType.F32, 100)) {
            CachedSequence first = cache.open();
            cache.extend(first, 40);
            try (Scope scope = new Scope("test", any)) {
                int[] slots = new int[40];
                Arrays.setAll(slots, j -> cache.slot(first, j));
                for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                    Tensor k = random(scope, 10 + layer, 40);
                    Tensor v = random(scope, 20 + layer, 40);
                    any.run(new Op.WriteKeyValues(
                            k, v, scope.ids("slots", slots), config.headDim(), cache.keys(layer), cache.values(layer)));
                }
                float[] before = attend(scope, cache, first);
                CachedSequence second = cache.share(first, 40);
                cache.extend(second, 41);
                cache.release(first);
                int size = cache.size();
                CachedSequence other = cache.open();
                cache.extend(other, 32 * size);
                assertThat(cache.size()).isGreaterThan(size);
                CachedSequence again = cache.share(second, 40);
                assertThat(attend(scope, cache, again)).isEqualTo(before);
            }
        }
    }

    /** The output of one query over each layer. */
    private static float[] attend(Scope scope, KeyValueCache cache, CachedSequence sequence) {
        float[] all = new float[config.numHiddenLayers() * config.queryWidth()];
        Tensor q = scope.floats("q", numbers(1, config.queryWidth()), 1, config.queryWidth());
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            Tensor out = scope.f32("out", 1, config.queryWidth());
            scope.backend()
                    .run(new Op.Attention(
                            q,
                            cache.keys(layer),
                            cache.values(layer),
                            SegmentBounds.ofQueries(new int[] {1}, new int[] {sequence.length()})
                                    .on(
                                            scope,
                                            cache.table(List.of(sequence), 3),
                                            3,
                                            cache.size(),
                                            KeyValueCache.BLOCK_TOKENS),
                            config.headDim(),
                            1,
                            0,
                            out,
                            scope.f32("lse", 1, config.numAttentionHeads())));
            float[] values = new float[config.queryWidth()];
            scope.backend().download(out, MemorySegment.ofArray(values));
            System.arraycopy(values, 0, all, layer * values.length, values.length);
        }
        return all;
    }

    private static Tensor random(Scope scope, int stream, int rows) {
        return scope.floats("random", numbers(stream, rows * config.keyValueWidth()), rows, config.keyValueWidth());
    }

    private static float[] numbers(int stream, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(4, stream, i);
        }
        return values;
    }
}

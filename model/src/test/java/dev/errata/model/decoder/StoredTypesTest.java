package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.weights.MetaWeights;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.meta.MetaBackend;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights stay in the type that they are stored in, and compute what their widened values do. */
class StoredTypesTest {
    private static final int[] TEXT = {1, 5, 9, 3, 15, 0, 7, 63, 40, 22};
    /** Norms, tables of angles and what alignment takes. */
    private static final long BESIDES = 128 << 10;

    @TempDir
    private Path folder;

    private static List<Arguments> typesAndDevices() {
        List<Arguments> all = new ArrayList<>();
        for (GgmlType type : GgmlType.values()) {
            if (type != GgmlType.F32) {
                all.add(Arguments.of(type, "cpu"));
                all.add(Arguments.of(type, "reference"));
            }
        }
        return all;
    }

    private static Decoder load(Path model, Backend backend) {
        ModelSource source = ModelSource.open(model);
        return Decoder.load(source.config(), source.weights(), backend, null, Precision.F32);
    }

    private static float[] logits(Path model, String device) {
        try (Backend backend = Backends.choose(device, 2);
                Decoder decoder = load(model, backend)) {
            return Scoring.of(decoder, TEXT).logits();
        }
    }

    @ParameterizedTest
    @MethodSource("typesAndDevices")
    void scoresAreThoseOfTheWidenedWeights(GgmlType type, String device) {
        boolean tied = type == GgmlType.Q8_0 || type == GgmlType.Q6_K;
        GgufLlama model = new GgufLlama(type, tied);
        float[] stored = logits(model.write(folder.resolve("stored.gguf"), false), device);
        assertThat(stored).hasSize(TEXT.length * GgufLlama.VOCABULARY).doesNotContain(Float.NaN);
        assertThat(stored).isEqualTo(logits(model.write(folder.resolve("widened.gguf"), true), device));
    }

    @ParameterizedTest
    @MethodSource("typesAndDevices")
    void theBackendHoldsWhatTheFileDoes(GgmlType type, String device) {
        GgufLlama model = new GgufLlama(type, false);
        try (Backend backend = Backends.choose(device, 2);
                Decoder decoder = load(model.write(folder.resolve("stored.gguf"), false), backend)) {
            assertThat(backend.liveBytes()).isLessThan(model.multipliedBytes() * 5 / 4 + BESIDES);
            assertThat(decoder.tensors().keySet()).allMatch(name -> name.contains("norm"));
        }
    }

    @ParameterizedTest
    @MethodSource("typesAndDevices")
    void aTensorIsCopiedAsItsWidenedValues(GgmlType type, String device) {
        GgufLlama model = new GgufLlama(type, false);
        List<float[]> copies = new ArrayList<>();
        for (boolean widened : new boolean[] {false, true}) {
            try (Backend backend = Backends.choose(device, 2);
                    Decoder decoder = load(model.write(folder.resolve("m" + widened), widened), backend);
                    Scope scope = new Scope("copies", backend)) {
                // rows in pairs, rows in order, rows that are only looked up, and a vector
                for (String name : List.of(
                        "model.layers.1.self_attn.k_proj.weight",
                        "model.layers.0.mlp.down_proj.weight",
                        "model.embed_tokens.weight",
                        "model.norm.weight")) {
                    copies.add(host(decoder.copy(name, scope)));
                }
            }
        }
        for (int i = 0; i < 4; i++) {
            assertThat(copies.get(i)).isEqualTo(copies.get(4 + i));
        }
    }

    @Test
    void whatIsTrainedIsWideAndItsOwn() {
        GgufLlama model = new GgufLlama(GgmlType.Q4_K, false);
        Path stored = model.write(folder.resolve("stored.gguf"), false);
        try (Backend backend = Backends.choose("cpu", 2);
                ModelSource source = ModelSource.open(stored);
                Decoder decoder = Decoder.loadTrainable(source.config(), source.weights(), backend, Precision.F32)) {
            assertThat(decoder.tensors()).hasSize(decoder.shapes().size());
            assertThat(decoder.tensors().values()).allMatch(tensor -> tensor.dtype() == DType.F32);
            assertThat(Scoring.of(decoder, TEXT).logits()).isEqualTo(logits(stored, "cpu"));
        }
    }

    @Test
    void aPlanTakesTheTypesOfTheFile() {
        for (GgmlType type : List.of(GgmlType.Q4_K, GgmlType.BF16, GgmlType.F32)) {
            GgufLlama model = new GgufLlama(type, true);
            Path file = model.write(folder.resolve("m.gguf"), false);
            try (ModelSource source = ModelSource.open(file);
                    MetaBackend meta = new MetaBackend();
                    Decoder planned = Decoder.load(
                            source.config(), MetaWeights.of(file, source.config()), meta, null, Precision.F32);
                    Backend backend = Backends.choose("cpu", 2);
                    Decoder loaded = load(file, backend)) {
                assertThat(planned.linears()).hasSameSizeAs(loaded.linears());
                assertThat((double) meta.liveBytes() / backend.liveBytes()).isBetween(0.9, 1.02);
            }
        }
    }

    private static float[] host(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.scope().backend().download(tensor, MemorySegment.ofArray(values));
        return values;
    }
}

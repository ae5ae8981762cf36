package dev.errata.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.bench.TinyModel;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.sim.SimDriver;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationListener;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.generate.StopConditions;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step of decoding asks of a CUDA driver: one replay of a graph, and the chosen ids on their way back. */
class DecodingTransfersTest {
    private static final SamplerSettings WARM = new SamplerSettings(0.9, 20, 0.95, 0, 1, 1.1, 3);

    @TempDir
    private static Path folder;

    /** Calls of a driver by name, and the bytes of the last download. */
    private static final class Calls {
        private final Map<String, Integer> counts = new HashMap<>();
        private long downloaded;

        CudaDriver of(CudaDriver driver) {
            return (CudaDriver) Proxy.newProxyInstance(
                    CudaDriver.class.getClassLoader(),
                    new Class<?>[] {CudaDriver.class},
                    (proxy, method, arguments) -> {
                        counts.merge(method.getName(), 1, Integer::sum);
                        if (method.getName().equals("download")) {
                            downloaded = ((MemorySegment) arguments[1]).byteSize();
                        }
                        try {
                            return method.invoke(driver, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        int of(String name) {
            return counts.getOrDefault(name, 0);
        }

        void forget() {
            counts.clear();
        }
    }

    private static final class Silent implements GenerationListener {
        @Override
        public void completed(GenerationResult result) {}

        @Override
        public void failed(ErrataException failure) {
            throw failure;
        }
    }

    private static GenerationRequest request(int number, int tokens) {
        return new GenerationRequest(new int[] {3 + number, 5, 8}, WARM, tokens, StopConditions.NONE, 7);
    }

    private interface WithEngine {
        void run(GenerationEngine engine, Calls calls);
    }

    private static void withEngine(int slots, WithEngine test) throws IOException {
        Calls calls = new Calls();
        ModelSource source = ModelSource.open(TinyModel.in(folder.resolve("for " + slots)));
        try (CudaBackend sim = new CudaBackend("sim", calls.of(new SimDriver()), CudaBackend.NO_SLABS);
                Decoder decoder = Decoder.load(source.config(), source.weights(), sim, null, Precision.BF16);
                GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(slots))) {
            test.run(engine, calls);
        }
    }

    @Test
    void aStepReplaysOneGraphAndBringsBackTheChosenIdsAlone() throws IOException {
        int rows = 3;
        withEngine(rows, (engine, calls) -> {
            for (int row = 0; row < rows; row++) {
                engine.submit(request(row, KeyValueCache.BLOCK_TOKENS - 4), new Silent());
            }
            // Prompts, the step that loads kernels, the one that is captured.
            for (int step = 0; step < 3; step++) {
                engine.step();
            }
            for (int step = 0; step < 12; step++) {
                calls.forget();
                engine.step();
                assertThat(calls.of("replay")).isEqualTo(1);
                assertThat(calls.of("launch")).isZero();
                assertThat(calls.of("upload")).isZero();
                assertThat(calls.of("copy")).isZero();
                assertThat(calls.of("fill")).isZero();
                assertThat(calls.of("allocate")).isZero();
                assertThat(calls.of("synchronize")).isZero();
                assertThat(calls.of("download")).isEqualTo(1);
                assertThat(calls.downloaded).isEqualTo(rows * (long) Integer.BYTES);
            }
        });
    }

    /** Rows come and go one at a time; sizes are rounded up, so few graphs are made, and only slots and blocks are uploaded. */
    @Test
    void whoComesAndGoesTakesTheGraphsThatAreThere() throws IOException {
        int rows = 7;
        withEngine(rows, (engine, calls) -> {
            for (int round = 0; round < 3; round++) {
                for (int row = 0; row < rows; row++) {
                    engine.submit(request(row, 3 + row), new Silent());
                }
                while (engine.step()) {
                    // Sequences end after 3, 4, … tokens.
                }
            }
            assertThat(calls.of("beginCapture")).as("for 8, 4, 2 and 1 rows").isBetween(1, 4);
            assertThat(calls.of("replay")).isGreaterThan(2 * rows);
        });
    }
}

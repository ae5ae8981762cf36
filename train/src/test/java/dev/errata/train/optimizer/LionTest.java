package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LionTest {
    private static final int[] SIZES = {1000, 1, 4097};
    private static final double RATE = 1e-2;

    private static OptimizerConfig config(double weightDecay, double maxGradNorm) {
        return new OptimizerConfig("lion", RATE, 0.9, 0.99, 1e-8, weightDecay, maxGradNorm, false, 256, 4096);
    }

    private static Descent descent(OptimizerConfig config, Scope scope) {
        Map<String, Tensor> trainable = new LinkedHashMap<>();
        for (int size : SIZES) {
            trainable.put("p" + size, scope.floats("p", random(size, size), size));
        }
        return new Descent(
                config, FlatTensors.taking(trainable, Optimizer.of(config), scope), scope, Path.of("nowhere"));
    }

    /** The published step in doubles; a sign may differ only where the mix is next to nothing. */
    @ParameterizedTest
    @CsvSource({"reference, 0, 0", "cpu, 0, 0", "cpu, 0.1, 0", "cpu, 0.1, 5"})
    void followsThePublishedSteps(String device, double weightDecay, double maxGradNorm) {
        try (Backend backend = Backends.choose(device, 2);
                Scope scope = new Scope("test", backend);
                Descent descent = descent(config(weightDecay, maxGradNorm), scope)) {
            Map<String, double[]> values = new LinkedHashMap<>();
            Map<String, double[]> moments = new LinkedHashMap<>();
            for (Parameter p : descent.parameters()) {
                values.put(p.name(), doubles(read(backend, p.value())));
                moments.put(p.name(), new double[(int) p.value().elements()]);
            }
            for (int step = 1; step <= 10; step++) {
                double squares = 0;
                Map<String, float[]> gradients = new LinkedHashMap<>();
                for (Parameter p : descent.parameters()) {
                    float[] gradient = random((int) p.value().elements(), 100L * step);
                    gradients.put(p.name(), gradient);
                    for (float g : gradient) {
                        squares += (double) g * g;
                    }
                    backend.upload(MemorySegment.ofArray(gradient), p.gradient());
                }
                double clip = maxGradNorm == 0 ? 1 : Math.min(1, maxGradNorm / (Math.sqrt(squares) + 1e-6));
                descent.step(RATE, descent.gradientNorm(), step);
                for (Parameter p : descent.parameters()) {
                    float[] actual = read(backend, p.value());
                    double[] expected = values.get(p.name());
                    double[] m = moments.get(p.name());
                    for (int i = 0; i < m.length; i++) {
                        double g = clip * gradients.get(p.name())[i];
                        double mix = 0.9 * m[i] + 0.1 * g;
                        double next = expected[i] * (1 - RATE * weightDecay) - RATE * Math.signum(mix);
                        m[i] = 0.99 * m[i] + 0.01 * g;
                        if (Math.abs(mix) > 1e-6) {
                            assertThat(Math.abs(actual[i] - next))
                                    .as("%s, %d, step %d", p.name(), i, step)
                                    .isLessThan(1e-6);
                        }
                        expected[i] = actual[i]; // roundings don't add up
                    }
                    float[] kept = moment(descent, p);
                    for (int i = 0; i < m.length; i++) {
                        assertThat(Math.abs(kept[i] - m[i])).isLessThan(1e-7);
                    }
                }
            }
        }
    }

    /** However large or small a gradient, no element moves by more than the rate; without one nothing moves. */
    @ParameterizedTest
    @ValueSource(floats = {0, 1e-30f, 1e30f})
    void staysFiniteAndMovesByTheRate(float size) {
        try (Backend backend = Backends.choose("cpu", 1);
                Scope scope = new Scope("test", backend);
                Descent descent = descent(config(0, 0), scope)) {
            Parameter p = descent.parameters().getFirst();
            float[] before = read(backend, p.value());
            float[] gradient = random(before.length, 7);
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] *= size;
            }
            for (int step = 1; step <= 3; step++) {
                backend.upload(MemorySegment.ofArray(gradient), p.gradient());
                descent.step(RATE, 1, step);
            }
            float[] after = read(backend, p.value());
            for (int i = 0; i < after.length; i++) {
                double moved = before[i] - after[i];
                double expected = size == 0 ? 0 : 3 * RATE * Math.signum(gradient[i]);
                assertThat(Math.abs(moved - expected)).isLessThan(1e-6);
            }
        }
    }

    private static float[] moment(Descent descent, Parameter parameter) {
        try (Arena arena = Arena.ofConfined()) {
            return descent.states().read(parameter, 0, arena).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        backend.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    private static float[] random(int count, long stream) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(11, stream, i);
        }
        return values;
    }
}

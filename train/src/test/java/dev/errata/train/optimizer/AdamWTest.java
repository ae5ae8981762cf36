package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.Recorded;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdamWTest {
    private static final int STEPS = 10;
    private static final Path NO_PAGES = Path.of("nowhere");

    private static OptimizerConfig config(double beta1, double weightDecay, double maxGradNorm) {
        return new OptimizerConfig("adamw", 1e-3, beta1, 0.999, 1e-8, weightDecay, maxGradNorm, false, 256, 4096);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void followsBitsandbytesForTenSteps(String device) {
        Map<String, float[]> recorded = Recorded.floats(Recorded.path("optim/adamw32.safetensors"));
        try (Backend backend = Backends.choose(device, 2);
                Scope scope = new Scope("test", backend)) {
            Map<String, Tensor> trainable = new LinkedHashMap<>();
            for (String name : new String[] {"p0", "p1"}) {
                float[] init = recorded.get(name + ".init");
                trainable.put(name, scope.floats(name, init, init.length));
            }
            Descent optimizer = descent(config(0.9, 0.01, 0), trainable, scope);
            for (int step = 1; step <= STEPS; step++) {
                for (Parameter p : optimizer.parameters()) {
                    backend.upload(MemorySegment.ofArray(slice(recorded.get(p.name() + ".grads"), step)), p.gradient());
                }
                optimizer.step(1e-3, optimizer.gradientNorm(), step);
                for (Parameter p : optimizer.parameters()) {
                    String bnb = p.name() + ".bnb32.";
                    String what = p.name() + ", step " + step;
                    assertClose(what, read(backend, p.value()), slice(recorded.get(bnb + "param"), step), 1e-6, 0);
                    // m is a difference of larger numbers, so its bound goes by the largest of it.
                    float[] m = slice(recorded.get(bnb + "state1"), step);
                    assertClose(what, moment(optimizer, p, 0), m, 1e-6 * largest(m), 0);
                    assertClose(what, moment(optimizer, p, 1), slice(recorded.get(bnb + "state2"), step), 1e-12, 1e-6);
                }
            }
        }
    }

    /** Without a first moment's memory, m is the clipped gradient itself. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void clipsAsTorchDoes(String device) {
        Map<String, float[]> recorded = Recorded.floats(Recorded.path("optim/clip.safetensors"));
        for (int c = 0; recorded.containsKey("c" + c + ".norm"); c++) {
            String at = "c" + c + ".";
            double maxNorm = recorded.get(at + "max_norm")[0];
            double norm = recorded.get(at + "norm")[0];
            try (Backend backend = Backends.choose(device, 2);
                    Scope scope = new Scope("test", backend)) {
                Map<String, Tensor> trainable = new LinkedHashMap<>();
                for (String side : new String[] {"0", "1"}) {
                    trainable.put(side, scope.zeros(side, recorded.get(at + "grad" + side).length));
                }
                Descent optimizer = descent(config(0, 0, maxNorm), trainable, scope);
                for (Parameter p : optimizer.parameters()) {
                    backend.upload(MemorySegment.ofArray(recorded.get(at + "grad" + p.name())), p.gradient());
                }
                assertThat(optimizer.gradientNorm()).isCloseTo(norm, within(1e-6 * norm));
                optimizer.step(1e-3, optimizer.gradientNorm(), 1);
                for (Parameter p : optimizer.parameters()) {
                    float[] clipped = recorded.get(at + "clipped" + p.name());
                    assertClose(at + p.name(), moment(optimizer, p, 0), clipped, 1e-12, 1e-6);
                }
            }
        }
    }

    private static Descent descent(OptimizerConfig config, Map<String, Tensor> trainable, Scope scope) {
        return new Descent(config, FlatTensors.taking(trainable, new AdamW(config), scope), scope, NO_PAGES);
    }

    private static float[] moment(Descent optimizer, Parameter parameter, int part) {
        try (Arena arena = Arena.ofConfined()) {
            return optimizer.states().read(parameter, part, arena).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static float[] slice(float[] steps, int step) {
        int size = steps.length / STEPS;
        return Arrays.copyOfRange(steps, (step - 1) * size, step * size);
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        backend.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    private static void assertClose(String what, float[] ours, float[] theirs, double absolute, double relative) {
        assertThat(ours).as(what).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.length; i++) {
            double allowed = absolute + relative * Math.abs(theirs[i]);
            assertThat((double) ours[i]).as("%s, element %d", what, i).isCloseTo(theirs[i], within(allowed));
        }
    }
}

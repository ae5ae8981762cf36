package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FlatLayoutTest {
    private static OptimizerConfig config(int min8bitSize) {
        return new OptimizerConfig("adamw8bit", 1e-2, 0.9, 0.99, 1e-8, 0.1, 0, false, 256, min8bitSize);
    }

    private static Map<String, Shape> shapes(List<Integer> sizes) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (int i = 0; i < sizes.size(); i++) {
            shapes.put("p" + i, Shape.of(sizes.get(i)));
        }
        return shapes;
    }

    @Property(tries = 200)
    void everyElementHasItsPlaceAndBlocksHoldElementsOfOneTensor(
            @ForAll @Size(max = 12) List<@IntRange(max = 1500) Integer> sizes) {
        FlatLayout layout = FlatLayout.of(shapes(sizes), new AdamW8bit(config(700)));
        assertThat(layout.places())
                .extracting(FlatLayout.Place::name)
                .containsExactlyElementsOf(shapes(sizes).keySet());
        BitSet taken = new BitSet();
        for (FlatLayout.Place place : layout.places()) {
            FlatLayout.Run run = layout.runs().get(place.run());
            long elements = place.shape().elements();
            int first = (int) (run.first() + place.from());
            assertThat(first % 64).isZero();
            assertThat(place.from() % run.format().block()).isZero();
            assertThat(run.format()).isEqualTo(elements >= 700 ? AdamW8bit.FORMAT : AdamW.FORMAT);
            assertThat(place.from() + elements).isLessThanOrEqualTo(run.elements());
            boolean endsItsRun = place.from() + elements == run.elements();
            assertThat(endsItsRun || elements % run.format().block() == 0).isTrue();
            assertThat(taken.get(first, (int) (first + elements)).isEmpty()).isTrue();
            taken.set(first, (int) (first + elements));
        }
        assertThat(layout.elements()).isGreaterThanOrEqualTo(taken.length());
    }

    /** 420 matrices of one size, as the adapters of a model have them. */
    @Test
    void manyTensorsTakeAFewOperators() {
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 210; i++) {
            sizes.add(4096);
            sizes.add(576);
        }
        List<Op> ran = new ArrayList<>();
        try (Backend backend = new Recording(Backends.choose("cpu", 1), ran);
                Scope scope = new Scope("test", backend)) {
            OptimizerConfig config = config(4096);
            FlatTensors values = FlatTensors.values(FlatLayout.of(shapes(sizes), new AdamW8bit(config)), scope);
            try (Descent descent = new Descent(config, values, scope, Path.of("none"))) {
                ran.clear();
                descent.zeroGradients();
                descent.step(1e-3, descent.gradientNorm(), 1);
            }
        }
        assertThat(ran)
                .hasSize(4)
                .hasAtLeastOneElementOfType(Op.AdamWStep.class)
                .hasAtLeastOneElementOfType(Op.AdamW8bitStep.class);
    }

    private record Recording(Backend inner, List<Op> ran) implements ForwardingBackend {
        @Override
        public void run(Op op) {
            ran.add(op);
            inner.run(op);
        }
    }

    /** Short blocks, whole ones and 32 bits side by side, against each tensor on its own. */
    @Test
    void neighboursChangeNoBitOfATensor() {
        List<Integer> sizes = List.of(1024, 300, 5000, 256, 77, 2048, 0, 1);
        try (Backend backend = Backends.choose("cpu", 2);
                Scope scope = new Scope("test", backend)) {
            List<float[]> together = trained(sizes, scope);
            for (int i = 0; i < sizes.size(); i++) {
                assertThat(trained(List.of(sizes.get(i)), scope, i).getFirst()).containsExactly(together.get(i));
            }
        }
    }

    private static List<float[]> trained(List<Integer> sizes, Scope scope) {
        return trained(sizes, scope, 0);
    }

    private static List<float[]> trained(List<Integer> sizes, Scope scope, int stream) {
        Backend backend = scope.backend();
        FlatTensors values = FlatTensors.values(FlatLayout.of(shapes(sizes), new AdamW8bit(config(200))), scope);
        List<float[]> results = new ArrayList<>();
        try (Descent descent = new Descent(config(200), values, scope, Path.of("none"))) {
            for (int step = 1; step <= 3; step++) {
                for (int i = 0; i < sizes.size(); i++) {
                    upload(backend, descent.parameters().get(i).gradient(), 10 * step + i + stream);
                }
                descent.step(1e-2, 1, step);
            }
            for (Parameter parameter : descent.parameters()) {
                float[] floats = new float[(int) parameter.value().elements()];
                backend.download(parameter.value(), MemorySegment.ofArray(floats));
                results.add(floats);
            }
        }
        return results;
    }

    private static void upload(Backend backend, Tensor to, int stream) {
        float[] values = new float[(int) to.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Philox.normal(5, stream, i);
        }
        backend.upload(MemorySegment.ofArray(values), to);
    }

    /** Gaps must not carry values: they would count in the norm of all gradients. */
    @Test
    void gapsStayZero() {
        List<Integer> sizes = List.of(65, 3, 100);
        try (Backend backend = Backends.choose("cpu", 1);
                Scope scope = new Scope("test", backend)) {
            OptimizerConfig config = config(4096);
            FlatTensors values = FlatTensors.values(FlatLayout.of(shapes(sizes), new AdamW(config)), scope);
            try (Descent descent = new Descent(config, values, scope, Path.of("none"))) {
                for (Parameter parameter : descent.parameters()) {
                    backend.run(new Op.Fill(parameter.gradient(), 2));
                    backend.run(new Op.Fill(parameter.value(), 1));
                }
                assertThat(descent.gradientNorm()).isEqualTo(Math.sqrt(4.0 * 168));
                descent.step(1e-2, 1, 1);
                Tensor squares = scope.allocate("squares", DType.F64, 1);
                double[] all = new double[1];
                backend.run(new Op.SumSquares(values.buffer(), squares, false));
                backend.download(squares, MemorySegment.ofArray(all));
                double[] each = new double[1];
                boolean accumulate = false;
                for (Parameter parameter : descent.parameters()) {
                    backend.run(new Op.SumSquares(parameter.value(), squares, accumulate));
                    accumulate = true;
                }
                backend.download(squares, MemorySegment.ofArray(each));
                assertThat(all[0]).isCloseTo(each[0], within(1e-12 * each[0]));
            }
        }
    }
}

package dev.errata.tensor.autograd;

import static dev.errata.tensor.autograd.GradientCase.normal;
import static dev.errata.tensor.autograd.GradientCase.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.Activation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.KeepingBackend;
import dev.errata.tensor.check.PoisoningBackend;
import dev.errata.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is freed is freed rightly: memory that is poisoned then gives the same bits as memory that is never used twice. */
class LifetimesTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final long MATRIX = ROWS * WIDTH * Float.BYTES;

    private final Backend backend = new PoisoningBackend(new ReferenceBackend());

    @AfterEach
    void close() {
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    static List<GradientCase> cases() {
        return GradientCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void freedMemoryChangesNoGradient(GradientCase function) {
        List<float[]> expected;
        try (KeepingBackend keeping = new KeepingBackend(new ReferenceBackend())) {
            expected = function.taped(keeping);
        }
        for (boolean recompute : new boolean[] {false, true}) {
            GradientCase inBlock = new GradientCase(
                    function.name(),
                    function.shapes(),
                    (ops, in) -> ops.block(
                            in.getFirst(),
                            recompute,
                            (inner, x) -> function.function().apply(inner, in)));
            assertThat(inBlock.taped(backend))
                    .as("%s, recomputed %s", function, recompute)
                    .usingRecursiveComparison()
                    .isEqualTo(expected);
        }
    }

    /** Two layers: norm, dropout before a low-rank pair beside a frozen matrix, gate, and the way around. */
    private static final class Layers {
        private final List<Tensor> a = new ArrayList<>();
        private final List<Tensor> b = new ArrayList<>();
        private final Tensor frozen;
        private final Tensor norm;
        private final IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();

        Layers(Scope scope) {
            frozen = scope.floats("frozen", normal(1, WIDTH * WIDTH), WIDTH, WIDTH);
            norm = scope.floats("norm weight", normal(2, WIDTH), WIDTH);
            for (int layer = 0; layer < 2; layer++) {
                a.add(scope.floats("a", normal(3 + layer, 2 * WIDTH), 2, WIDTH));
                b.add(scope.floats("b", normal(5 + layer, 2 * WIDTH), WIDTH, 2));
            }
            for (Tensor tensor : List.of(a.get(0), a.get(1), b.get(0), b.get(1))) {
                gradients.put(tensor, scope.zeros("gradient", tensor.shape().toArray()));
            }
        }

        Tensor forward(Ops ops, Tensor x, int layer) {
            Tensor normed = ops.rmsNorm(x, norm, 1e-5f);
            Tensor y = ops.linear(normed, new Weight.Dense(frozen));
            Tensor low = ops.linear(ops.dropout(normed, 0.25f, 7, layer), new Weight.Dense(a.get(layer)));
            ops.addLinear(low, b.get(layer), 0.5f, y);
            return ops.add(x, ops.gated(y, y, Activation.SILU));
        }

        Tensor forward(Ops ops, Tensor x, boolean recompute) {
            Tensor hidden = x;
            for (int layer = 0; layer < 2; layer++) {
                int index = layer;
                Tensor in = hidden;
                hidden = ops.block(in, recompute, (inner, z) -> forward(inner, z, index));
                if (in != x) {
                    ops.release(in);
                }
            }
            return hidden;
        }
    }

    @Test
    void onlyWhatRulesReadIsAliveBetweenForwardAndBackward() {
        try (Scope scope = new Scope("step", backend)) {
            Layers layers = new Layers(scope);
            Tensor x = scope.floats("x", normal(9, ROWS * WIDTH), ROWS, WIDTH);
            Tape tape = new Tape(layers.gradients);
            long before = backend.liveBytes();
            Tensor out = layers.forward(new Ops(scope, tape), x, false);
            assertThat(tape.describe())
                    .contains(
                            "Linear -> linear F32 [32, 2] needs dropout F32 [32, 16] again by Dropout of norm; a F32 [2, 16]",
                            "GatedActivation -> gated F32 [32, 16] needs linear F32 [32, 16]; linear F32 [32, 16]",
                            "Add -> sum F32 [32, 16]");
            // Kept: each layer's y and low, the second layer's rstd, its input and the output; not norm, dropout or
            // swiglu.
            long low = ROWS * 2 * Float.BYTES;
            long rstd = ROWS * Float.BYTES;
            long firstRstd = rstd; // x wants no gradient, but the norm is made again for the dropout
            assertThat(backend.liveBytes() - before).isEqualTo(4 * MATRIX + 2 * low + rstd + firstRstd);
            ops(scope, tape).release(out);
            tape.backward(out, scope.floats("r", normal(8, ROWS * WIDTH), ROWS, WIDTH), scope);
            assertThat(backend.liveBytes() - before).as("all but r").isEqualTo(MATRIX);
        }
    }

    private static Ops ops(Scope scope, Tape tape) {
        return new Ops(scope, tape);
    }

    @Test
    void gradientsAreTheSameBitsHoweverMuchIsFreed() {
        List<List<float[]>> found = new ArrayList<>();
        try (KeepingBackend keeping = new KeepingBackend(new ReferenceBackend())) {
            found.add(gradients(keeping, false));
        }
        found.add(gradients(backend, false));
        found.add(gradients(backend, true));
        assertThat(found.get(1)).usingRecursiveComparison().isEqualTo(found.get(0));
        assertThat(found.get(2)).usingRecursiveComparison().isEqualTo(found.get(0));
    }

    private static List<float[]> gradients(Backend backend, boolean recompute) {
        try (Scope scope = new Scope("step", backend)) {
            Layers layers = new Layers(scope);
            Tensor x = scope.floats("x", normal(9, ROWS * WIDTH), ROWS, WIDTH);
            Tape tape = new Tape(layers.gradients);
            Tensor out = layers.forward(new Ops(scope, tape), x, recompute);
            tape.backward(out, scope.floats("r", normal(8, ROWS * WIDTH), ROWS, WIDTH), scope);
            List<float[]> values = new ArrayList<>();
            layers.a.forEach(tensor -> values.add(read(backend, layers.gradients.get(tensor))));
            layers.b.forEach(tensor -> values.add(read(backend, layers.gradients.get(tensor))));
            return values;
        }
    }

    /** The peak of a backward pass is that of the forward and of one layer's gradients, not of all of them. */
    @Test
    void gradientsOfActivationsEndWithTheRuleThatReadsThem() {
        long few = peakBackward(4);
        long many = peakBackward(12);
        assertThat(many - few).isLessThan(8 * MATRIX + 1);
    }

    private long peakBackward(int layers) {
        try (Scope scope = new Scope("step", backend)) {
            Tensor weight = scope.floats("w", normal(1, WIDTH), WIDTH);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            gradients.put(weight, scope.zeros("d", WIDTH));
            Tape tape = new Tape(gradients);
            Ops ops = new Ops(scope, tape);
            Tensor x = scope.floats("x", normal(9, ROWS * WIDTH), ROWS, WIDTH);
            Tensor hidden = ops.rmsNorm(x, weight, 1e-5f);
            for (int layer = 0; layer < layers; layer++) {
                hidden = ops.block(hidden, false, (inner, in) -> inner.add(in, inner.gated(in, in, Activation.SILU)));
            }
            backend.resetPeak();
            tape.backward(hidden, scope.floats("r", normal(8, ROWS * WIDTH), ROWS, WIDTH), scope);
            return backend.peakBytes();
        }
    }

    @Test
    void aTensorOfABlockNamesItselfAfterTheBlock() {
        try (Scope scope = new Scope("step", backend)) {
            Tape tape = new Tape(new IdentityHashMap<>());
            Tensor x = scope.floats("x", normal(9, ROWS * WIDTH), ROWS, WIDTH);
            Tensor[] leaked = new Tensor[1];
            new Ops(scope, tape).block(x, false, (inner, in) -> {
                leaked[0] = inner.gated(in, in, Activation.SILU);
                return inner.add(in, leaked[0]);
            });
            assertThatThrownBy(() -> backend.run(new Op.Fill(leaked[0], 0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("tensor gated is used after it was freed in scope block");
        }
    }

    @Test
    void whatWasChangedInPlaceIsKept() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor trained = scope.floats("trained", normal(3, WIDTH * WIDTH), WIDTH, WIDTH);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            gradients.put(trained, scope.zeros("d", WIDTH, WIDTH));
            Tape tape = new Tape(gradients);
            Tensor x = scope.floats("x", normal(9, ROWS * WIDTH), ROWS, WIDTH);
            Tensor bias = scope.floats("bias", normal(4, WIDTH), WIDTH);
            new Ops(scope, tape).block(x, false, (inner, in) -> {
                Tensor dropped = inner.dropout(in, 0.5f, 1, 2);
                inner.addBias(dropped, bias);
                return inner.linear(dropped, new Weight.Dense(trained));
            });
            assertThat(tape.describe()).containsExactly("Linear -> linear F32 [32, 16] needs dropout F32 [32, 16]");
        }
    }

    @Test
    void aSourceThatWasChangedSinceIsNoSource() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor trained = scope.floats("trained", normal(3, WIDTH * WIDTH), WIDTH, WIDTH);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            gradients.put(trained, scope.zeros("d", WIDTH, WIDTH));
            Tape tape = new Tape(gradients);
            Tensor x = scope.floats("x", normal(9, ROWS * WIDTH), ROWS, WIDTH);
            Tensor bias = scope.floats("bias", normal(4, WIDTH), WIDTH);
            new Ops(scope, tape).block(x, false, (inner, in) -> {
                Tensor y = inner.linear(in, new Weight.Dense(trained));
                Tensor dropped = inner.dropout(y, 0.5f, 1, 2);
                inner.addBias(y, bias);
                return inner.add(inner.gated(y, y, Activation.SILU), inner.linear(dropped, new Weight.Dense(trained)));
            });
            assertThat(tape.describe())
                    .contains("Linear -> linear F32 [32, 16] needs dropout F32 [32, 16]; trained F32 [16, 16]");
        }
    }
}

package dev.errata.tensor.autograd;

import static dev.errata.tensor.autograd.GradientCase.normal;
import static dev.errata.tensor.autograd.GradientCase.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Activation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.CountingBackend;
import dev.errata.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TapeTest {
    private static final long[][] SHAPES = {{5, 8}, {8}, {8, 8}, {4, 8}, {4, 8}, {2, 8}, {4, 2}};

    private final ReferenceBackend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    @Test
    void aRecomputedBlockGivesTheSameBits() {
        assertThat(blockGradients(true)).isEqualTo(blockGradients(false));
    }

    /** Two blocks one after the other that share their weights. */
    private List<List<Float>> blockGradients(boolean recompute) {
        try (Scope scope = new Scope("step", backend)) {
            List<Tensor> in = inputs(scope);
            IdentityHashMap<Tensor, Tensor> gradients = gradients(scope, in);
            Tape tape = new Tape(gradients);
            Ops ops = new Ops(scope, tape);
            Block block = (inner, x) -> GradientCases.block(inner, x, in);
            Tensor out = ops.block(ops.block(in.getFirst(), recompute, block), recompute, block);
            tape.backward(out, scope.floats("r", normal(1, 40), 5, 8), scope);
            return gradients(backend, gradients, in);
        }
    }

    private static List<Float> boxed(float[] values) {
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    private static List<Tensor> inputs(Scope scope) {
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < SHAPES.length; i++) {
            float[] values = normal(100 + i, (int) Shape.of(SHAPES[i]).elements());
            inputs.add(scope.floats("input " + i, values, SHAPES[i]));
        }
        return inputs;
    }

    private static IdentityHashMap<Tensor, Tensor> gradients(Scope scope, List<Tensor> trainable) {
        IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
        for (Tensor tensor : trainable) {
            gradients.put(tensor, scope.zeros("d", tensor.shape().toArray()));
        }
        return gradients;
    }

    @Test
    void frozenInputsRecordNothing() {
        try (Scope scope = new Scope("step", backend)) {
            Tape tape = new Tape(new IdentityHashMap<>());
            GradientCases.block(new Ops(scope, tape), inputs(scope).getFirst(), inputs(scope));
            assertThat(tape.describe()).isEmpty();
        }
    }

    @Test
    void recordsOnlyWhatDependsOnATrainableTensor() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.floats("x", normal(1, 6), 2, 3);
            Tensor frozen = scope.floats("frozen", normal(2, 9), 3, 3);
            Tensor trained = scope.floats("trained", normal(3, 9), 3, 3);
            Tape tape = new Tape(gradients(scope, List.of(trained)));
            Ops ops = new Ops(scope, tape);
            Tensor hidden = ops.linear(x, new Weight.Dense(frozen));
            ops.linear(ops.gated(hidden, hidden, Activation.SILU), new Weight.Dense(trained));
            assertThat(tape.describe()).containsExactly("Linear -> linear F32 [2, 3] needs gated F32 [2, 3]");
        }
    }

    @Test
    void aFrozenWeightGetsNoGradientButItsInputDoes() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.floats("x", new float[] {1, 2}, 1, 2);
            Tensor frozen = scope.floats("frozen", new float[] {3, 5}, 1, 2);
            IdentityHashMap<Tensor, Tensor> gradients = gradients(scope, List.of(x));
            Tape tape = new Tape(gradients);
            Tensor out = new Ops(scope, tape).linear(x, new Weight.Dense(frozen));
            tape.backward(out, scope.floats("r", new float[] {2}, 1, 1), scope);
            assertThat(read(backend, gradients.get(x))).containsExactly(6, 10);
        }
    }

    @Test
    void describesARecomputedBlockByItsEnds() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.floats("x", normal(1, 6), 2, 3);
            Tape tape = new Tape(gradients(scope, List.of(x)));
            new Ops(scope, tape).block(x, true, (ops, in) -> ops.add(in, ops.add(in, in)));
            assertThat(tape.describe()).containsExactly("block -> sum F32 [2, 3] needs x F32 [2, 3]");
        }
    }

    @Test
    void aRecomputedBlockKeepsOnlyItsOutputAlive() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.floats("x", normal(1, 8192), 128, 64);
            Tape tape = new Tape(gradients(scope, List.of(x)));
            long before = backend.liveBytes();
            new Ops(scope, tape).block(x, true, (ops, in) -> ops.add(in, ops.add(in, ops.add(in, in))));
            assertThat(backend.liveBytes() - before).isEqualTo(8192 * 4);
        }
    }

    @Test
    void whatNoRuleReadsIsNotComputedAgain() {
        CountingBackend counting = new CountingBackend(backend);
        try (Scope scope = new Scope("step", counting)) {
            Tensor x = scope.floats("x", normal(1, 6), 2, 3);
            Tensor first = scope.floats("first", normal(2, 9), 3, 3);
            Tensor last = scope.floats("last", normal(3, 9), 3, 3);
            Tape tape = new Tape(gradients(scope, List.of(x)));
            Tensor out = new Ops(scope, tape).block(x, true, (ops, in) -> {
                Tensor hidden = ops.linear(in, new Weight.Dense(first));
                return ops.add(in, ops.linear(ops.gated(hidden, hidden, Activation.SILU), new Weight.Dense(last)));
            });
            counting.forget();
            tape.backward(out, scope.floats("r", normal(4, 6), 2, 3), scope);
            assertThat(counting.events().stream()
                            .filter(CountingBackend.Ran.class::isInstance)
                            .map(event -> ((CountingBackend.Ran) event).op())
                            .filter(op -> op instanceof Op.Linear || op instanceof Op.GatedActivation)
                            .map(op -> op.getClass().getSimpleName()))
                    .containsExactly("Linear");
        }
    }

    @Test
    void aNarrowProductOfARecomputedBlockIsKeptUnlessItIsWrittenTo() {
        for (boolean written : new boolean[] {false, true}) {
            List<List<Float>> expected = narrow(backend, false, written);
            CountingBackend counting = new CountingBackend(backend);
            assertThat(narrow(counting, true, written)).isEqualTo(expected);
            assertThat(counting.events().stream().filter(event -> event instanceof CountingBackend.Ran(Op.Linear op)))
                    .hasSize(written ? 2 : 1);
        }
    }

    /** Gradients through a block with a product that is a quarter as wide as its input. */
    private static List<List<Float>> narrow(Backend backend, boolean recompute, boolean written) {
        try (Scope scope = new Scope("step", backend)) {
            List<Tensor> in = List.of(
                    scope.floats("x", normal(1, 24), 3, 8),
                    scope.floats("a", normal(2, 16), 2, 8),
                    scope.floats("b", normal(3, 16), 8, 2),
                    scope.floats("bias", normal(4, 2), 2));
            IdentityHashMap<Tensor, Tensor> gradients = gradients(scope, in);
            Tape tape = new Tape(gradients);
            Tensor out = new Ops(scope, tape).block(in.get(0), recompute, (ops, x) -> {
                Tensor low = ops.linear(x, new Weight.Dense(in.get(1)));
                if (written) {
                    ops.addBias(low, in.get(3));
                }
                Tensor y = ops.add(x, x);
                ops.addLinear(low, in.get(2), 0.5f, y);
                return ops.gated(y, y, Activation.SILU);
            });
            tape.backward(out, scope.floats("r", normal(5, 24), 3, 8), scope);
            return gradients(backend, gradients, in);
        }
    }

    private static List<List<Float>> gradients(
            Backend backend, IdentityHashMap<Tensor, Tensor> gradients, List<Tensor> in) {
        return in.stream()
                .map(tensor -> boxed(read(backend, gradients.get(tensor))))
                .toList();
    }

    @Test
    void rowsPickedFromBf16GiveTheirGradientsBackAlsoWhereARowWasPickedTwice() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.floats("x", new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
            IdentityHashMap<Tensor, Tensor> gradients = gradients(scope, List.of(x));
            Tape tape = new Tape(gradients);
            Ops ops = new Ops(scope, tape);
            Tensor narrow = ops.cast(x, DType.BF16);
            Tensor rows = ops.cast(ops.gatherRows(narrow, scope.ids("rows", new int[] {2, 0, 2})), DType.F32);
            tape.backward(rows, scope.floats("r", new float[] {1, 2, 4, 8, 16, 32}, 3, 2), scope);
            assertThat(read(backend, gradients.get(x))).containsExactly(4, 8, 0, 0, 17, 34);
        }
    }

    @Test
    void gradientsAddUpOverSeveralRuns() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.floats("x", new float[] {1, 2}, 1, 2);
            IdentityHashMap<Tensor, Tensor> gradients = gradients(scope, List.of(x));
            for (int run = 0; run < 3; run++) {
                try (Scope micro = new Scope("micro-batch", backend)) {
                    Tape tape = new Tape(gradients);
                    Tensor out = new Ops(micro, tape).add(x, x);
                    tape.backward(out, micro.floats("r", new float[] {1, 10}, 1, 2), micro);
                }
            }
            assertThat(read(backend, gradients.get(x))).containsExactly(6, 60);
        }
    }
}

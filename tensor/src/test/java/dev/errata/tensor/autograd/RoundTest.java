package dev.errata.tensor.autograd;

import static dev.errata.tensor.autograd.GradientCase.normal;
import static dev.errata.tensor.autograd.GradientCase.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.reference.ReferenceBackend;
import java.util.IdentityHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The gradient through a rounding, which finite differences can't see. */
class RoundTest {
    private static final int COUNT = 15;

    private final ReferenceBackend backend = new ReferenceBackend();
    private final float[] values = normal(1, COUNT);
    private final float[] upstream = normal(2, COUNT);

    @AfterEach
    void close() {
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    @FunctionalInterface
    private interface Function {
        Tensor apply(Ops ops, Tensor x);
    }

    private float[] gradient(Function function) {
        try (Scope scope = new Scope("test", backend)) {
            Tensor x = scope.floats("x", values, 3, 5);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            gradients.put(x, scope.zeros("dX", 3, 5));
            Tape tape = new Tape(gradients);
            Tensor out = function.apply(new Ops(scope, tape), x);
            tape.backward(out, scope.floats("dOut", upstream, 3, 5), scope);
            return read(backend, gradients.get(x));
        }
    }

    /** To bf16 and back. */
    private static Tensor rounded(Ops ops, Tensor x) {
        return ops.cast(ops.cast(x, DType.BF16), DType.F32);
    }

    private float[] roundedUpstream() {
        float[] rounded = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            rounded[i] = Rounding.bf16(upstream[i]);
        }
        return rounded;
    }

    @Test
    void theGradientOfARoundedCopyIsRounded() {
        assertThat(gradient((ops, x) -> rounded(ops, x))).isEqualTo(roundedUpstream());
    }

    @Test
    void theGradientOfASumThatIsRoundedIsRounded() {
        assertThat(gradient((ops, x) -> rounded(ops, ops.add(x, ops.scope().zeros("zero", 3, 5)))))
                .isEqualTo(roundedUpstream());
    }

    /** As where query, key and value each cast the same input: every one's gradient is rounded, their sum is not. */
    @Test
    void gradientsOfSeveralCopiesAreRoundedBeforeTheyAreAdded() {
        float[] expected = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            expected[i] = Rounding.bf16(upstream[i]) + Rounding.bf16(upstream[i]) + upstream[i];
        }
        assertThat(gradient((ops, x) -> ops.add(ops.add(rounded(ops, x), rounded(ops, x)), x)))
                .isEqualTo(expected);
    }

    /** What is added after the rounding, as an adapter's part is, gets the gradient that isn't rounded. */
    @Test
    void onlyWhatWasRoundedGetsARoundedGradient() {
        try (Scope scope = new Scope("test", backend)) {
            Tensor x = scope.floats("x", values, 3, 5);
            Tensor b = scope.floats("b", normal(3, 25), 5, 5);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            gradients.put(b, scope.zeros("dB", 5, 5));
            gradients.put(x, scope.zeros("dX", 3, 5));
            Tape tape = new Tape(gradients);
            Ops ops = new Ops(scope, tape);
            Tensor y = rounded(ops, rounded(ops, x));
            ops.addLinear(scope.floats("low", values, 3, 5), b, 1, y);
            Tensor dOut = scope.floats("dOut", upstream, 3, 5);
            tape.backward(y, dOut, scope);

            Tensor expected = scope.f32("expected", 5, 5);
            backend.run(new Op.MatMul(dOut, scope.floats("low", values, 3, 5), expected, true, false, 1, false));
            assertThat(read(backend, gradients.get(b))).isEqualTo(read(backend, expected));
            assertThat(read(backend, gradients.get(x))).isEqualTo(roundedUpstream());
            assertThat(read(backend, dOut)).as("the gradient that was given").isEqualTo(upstream);
        }
    }

    /** Full fine-tuning with f32 master weights: the gradient of the rounded copy comes back rounded. */
    @Test
    void aTrainedWeightThatIsRoundedAtEachUseGetsARoundedGradient() {
        try (Scope scope = new Scope("test", backend)) {
            Tensor weight = scope.floats("weight", normal(3, 25), 5, 5);
            Tensor bias = scope.floats("bias", normal(4, 5), 5);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            gradients.put(weight, scope.zeros("dWeight", 5, 5));
            gradients.put(bias, scope.zeros("dBias", 5));
            Tape tape = new Tape(gradients);
            Ops ops = new Ops(scope, tape);
            Tensor y = ops.linear(scope.floats("x", values, 3, 5), new Weight.Dense(rounded(ops, weight)));
            ops.addBias(y, rounded(ops, bias));
            tape.backward(y, scope.floats("dOut", upstream, 3, 5), scope);
            for (Tensor gradient : gradients.values()) {
                for (float value : read(backend, gradient)) {
                    assertThat(value).isNotZero().isEqualTo(Rounding.bf16(value));
                }
            }
        }
    }
}

package dev.errata.tensor.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Activation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientCheckTest {
    /** Gives gradients of gates that are a twentieth too large. */
    private record WrongGate(Backend inner) implements ForwardingBackend {
        @Override
        public void run(Op op) {
            inner.run(op);
            if (op instanceof Op.GatedActivationBackward gate) {
                inner.run(new Op.Scale(gate.dUp(), 1.05f));
            }
        }
    }

    @Test
    void aRightRulePassesAndAWrongOneIsOffByAsMuchAsItIsWrong() {
        assertThat(ofGate(new ReferenceBackend())).allMatch(result -> result.error() < 1e-4);
        assertThat(ofGate(new WrongGate(new ReferenceBackend())))
                .anyMatch(result -> result.input().equals("up") && result.error() > 0.005)
                .anyMatch(result -> result.input().equals("gate") && result.error() < 1e-4);
    }

    private static List<GradientCheck.Result> ofGate(Backend backend) {
        try (backend;
                Scope scope = new Scope("test", backend)) {
            Tensor gate = normal("gate", 1, scope);
            Tensor up = normal("up", 2, scope);
            Op.GatedActivation op = new Op.GatedActivation(gate, up, Activation.SILU, scope.f32("out", 5, 7));
            return GradientCheck.of(op, op.out(), backend);
        }
    }

    @Test
    void whatAnOperatorChangesInPlaceHoldsTheSameAfterwards() {
        try (Backend backend = new ReferenceBackend();
                Scope scope = new Scope("test", backend)) {
            Tensor a = normal("a", 1, scope);
            Tensor b = normal("b", 2, scope);
            Tensor c = scope.floats("c", GradientCase.normal(3, 25), 5, 5);
            Op op = new Op.MatMul(a, b, c, false, true, 0.5f, true);
            float[] before = GradientCase.read(backend, c);
            assertThat(GradientCheck.of(op, c, backend)).hasSize(3).allMatch(result -> result.error() < 1e-4);
            assertThat(GradientCase.read(backend, c)).isEqualTo(before);
        }
    }

    private static Tensor normal(String name, int stream, Scope scope) {
        Tensor tensor = scope.f32(name, 5, 7);
        scope.backend().upload(MemorySegment.ofArray(GradientCase.normal(stream, 35)), tensor);
        return tensor;
    }
}

package dev.errata.tensor.reference;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;

/** Gated activations, x · σ(z(x)) · up, and their gradients. */
final class Gated {
    private Gated() {}

    static void forward(Op.GatedActivation op) {
        Floats gate = new Floats(op.gate());
        Floats up = new Floats(op.up());
        Floats out = new Floats(op.out());
        DType within = op.gate().dtype();
        for (long i = 0; i < op.out().elements(); i++) {
            float x = gate.get(i);
            float active = Rounding.to(within, x * sigmoid(argument(op.activation(), x)));
            out.set(i, Rounding.to(within, active * up.get(i)));
        }
    }

    static void backward(Op.GatedActivationBackward op) {
        Floats gate = new Floats(op.gate());
        Floats up = new Floats(op.up());
        Floats dOut = new Floats(op.dOut());
        Floats dGate = new Floats(op.dGate());
        Floats dUp = new Floats(op.dUp());
        for (long i = 0; i < op.dOut().elements(); i++) {
            float x = gate.get(i);
            float u = up.get(i);
            float d = dOut.get(i);
            float s = sigmoid(argument(op.activation(), x));
            dUp.set(i, d * x * s);
            dGate.set(i, d * u * s * (1 + x * (1 - s) * slope(op.activation(), x)));
        }
    }

    /** z(x). */
    private static float argument(Activation activation, float x) {
        return switch (activation) {
            case SILU -> x;
            case GELU_TANH -> Activation.GELU_SLOPE * (x + Activation.GELU_CUBIC * (x * x * x));
        };
    }

    /** Its derivative. */
    private static float slope(Activation activation, float x) {
        return switch (activation) {
            case SILU -> 1;
            case GELU_TANH -> Activation.GELU_SLOPE * (1 + 3 * Activation.GELU_CUBIC * (x * x));
        };
    }

    private static float sigmoid(float x) {
        return (float) (1 / (1 + StrictMath.exp(-x)));
    }
}

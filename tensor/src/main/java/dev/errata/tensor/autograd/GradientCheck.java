package dev.errata.tensor.autograd;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Compares an operator's gradient rule with finite differences, on the operator's own tensors and backend. The function is
 * L = sum over i of r[i] · out[i] with a fixed random r; it is differentiated by one input at a time along random directions,
 * by the four-point rule, whose error is of the fourth order.
 */
public final class GradientCheck {
    /** A step, as a part of the input's root mean square. */
    private static final double STEP = 0.02;

    private static final int DIRECTIONS = 3;
    private static final long SEED = 11;

    private final Op op;
    private final Tensor out;
    private final List<Tensor> inputs;
    /** The device's own, as tensors may belong to one that watches. */
    private final Backend backend;

    private final List<float[]> values;

    private GradientCheck(Op op, Tensor out, List<Tensor> inputs, Backend backend) {
        this.op = op;
        this.out = out;
        this.inputs = inputs;
        this.backend = backend;
        this.values = inputs.stream().map(this::read).toList();
    }

    /**
     * How well a rule fits.
     *
     * @param input the name of the tensor that is differentiated by
     * @param elements its elements
     * @param error largest difference of the two derivatives, over the gradient's norm, which is about as large as a derivative
     *     along a random direction
     */
    public record Result(String input, long elements, double error) {}

    /** Whether gradients flow through an operator. */
    public static boolean hasRule(Op op) {
        return !Gradients.inputs(op).isEmpty();
    }

    /** Whether there is something to check: an operator with a gradient rule whose tensors are F32. */
    public static boolean applies(Op op, Tensor out) {
        return out.dtype() == DType.F32
                && out.elements() > 0
                && Gradients.inputs(op).stream().anyMatch(input -> input.dtype() == DType.F32);
    }

    /**
     * Checks each F32 input. What the operator's tensors hold is the same before and after.
     *
     * @param op before it is run
     * @param out what it writes
     */
    public static List<Result> of(Op op, Tensor out, Backend backend) {
        try (Scope scope = new Scope("gradient check", backend)) {
            List<Tensor> inputs = new ArrayList<>();
            for (Tensor input : Gradients.inputs(op)) {
                if (input.dtype() == DType.F32 && inputs.stream().noneMatch(known -> known == input)) {
                    inputs.add(input);
                }
            }
            GradientCheck check = new GradientCheck(op, out, inputs, backend);
            float[] before = check.read(out);
            List<float[]> taped = check.taped(scope);
            List<Result> results = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                results.add(check.result(i, taped.get(i)));
            }
            check.write(out, before);
            check.restore();
            return results;
        }
    }

    /** An input that the operator changes in place is copied from a tensor of its own, so that it is like any other. */
    private List<float[]> taped(Scope scope) {
        IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
        List<Tensor> wanted = new ArrayList<>();
        Tape tape = new Tape(gradients);
        for (Tensor input : inputs) {
            Tensor source = input;
            Tensor gradient = scope.zeros("gradient", input.shape().toArray());
            if (input == out) {
                source = scope.f32("source", input.shape().toArray());
                backend.run(new Op.Copy(input, source));
                gradients.put(source, gradient);
                tape.record(new Op.Copy(source, input), input);
            } else {
                gradients.put(source, gradient);
            }
            wanted.add(gradient);
        }
        backend.run(op);
        tape.record(op, out);
        Tensor dOut = scope.floats("r", weights(out), out.shape().toArray());
        tape.backward(out, dOut, scope);
        return wanted.stream().map(this::read).toList();
    }

    private Result result(int which, float[] gradient) {
        float[] at = values.get(which);
        double step = STEP * scale(at);
        double error = 0;
        for (int direction = 0; direction < DIRECTIONS; direction++) {
            float[] along = normal(1000 + direction, at.length);
            double[] shifted = new double[4];
            double[] steps = {-2, -1, 1, 2};
            for (int point = 0; point < steps.length; point++) {
                restore();
                // What is added to is left out: it is large and would drown the rest, and no rule depends on it.
                if (inputs.get(which) != out && inputs.contains(out)) {
                    write(out, new float[Math.toIntExact(out.elements())]);
                }
                write(inputs.get(which), moved(at, along, steps[point] * step));
                shifted[point] = loss();
            }
            double difference = (8 * (shifted[2] - shifted[1]) - (shifted[3] - shifted[0])) / (12 * step);
            error = Math.max(error, Math.abs(difference - dot(gradient, along)));
        }
        double norm = Math.sqrt(dot(gradient, gradient));
        return new Result(
                inputs.get(which).name(), at.length, error == 0 ? 0 : error / Math.max(norm, Float.MIN_NORMAL));
    }

    private double loss() {
        backend.run(op);
        return dot(read(out), weights(out));
    }

    private static float[] weights(Tensor out) {
        return normal(1, Math.toIntExact(out.elements()));
    }

    private static float[] normal(long stream, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(SEED, stream, i);
        }
        return values;
    }

    private static float[] moved(float[] at, float[] along, double by) {
        float[] moved = new float[at.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = (float) (at[i] + by * along[i]);
        }
        return moved;
    }

    /** The root mean square; 1 for zeros. */
    private static double scale(float[] values) {
        double square = dot(values, values) / Math.max(1, values.length);
        return square == 0 ? 1 : Math.sqrt(square);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private void restore() {
        for (int i = 0; i < inputs.size(); i++) {
            write(inputs.get(i), values.get(i));
        }
    }

    private float[] read(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        backend.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    private void write(Tensor tensor, float[] values) {
        backend.upload(MemorySegment.ofArray(values), tensor);
    }
}

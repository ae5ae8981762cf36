package dev.errata.tensor.autograd;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * A function of some trainable tensors, built of recorded operators, whose gradients are to be compared with finite
 * differences of L = sum over i of r[i] · out[i] for a fixed random r.
 *
 * @param shapes of the trainable tensors
 */
record GradientCase(String name, List<long[]> shapes, Function function) {
    /** Half the distance of the two inner points; the four-point rule is off by its fourth power. */
    private static final double STEP = 0.02;

    @FunctionalInterface
    interface Function {
        Tensor apply(Ops ops, List<Tensor> inputs);
    }

    static GradientCase of(String name, Function function, long[]... shapes) {
        return new GradientCase(name, List.of(shapes), function);
    }

    /** The values of all trainable tensors: normal numbers. */
    List<float[]> values() {
        List<float[]> all = new ArrayList<>();
        for (int input = 0; input < shapes.size(); input++) {
            int count = 1;
            for (long dim : shapes.get(input)) {
                count *= Math.toIntExact(dim);
            }
            all.add(normal(100 + input, count));
        }
        return all;
    }

    static float[] normal(long stream, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(11, stream, i);
        }
        return values;
    }

    /** The gradients that the tape finds. */
    List<float[]> taped(Backend backend) {
        try (Scope scope = new Scope(name, backend)) {
            List<Tensor> inputs = inputs(scope, values());
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            for (Tensor input : inputs) {
                gradients.put(input, scope.zeros("d", input.shape().toArray()));
            }
            Tape tape = new Tape(gradients);
            Tensor out = function.apply(new Ops(scope, tape), inputs);
            Tensor dOut = scope.floats(
                    "r", normal(1, (int) out.elements()), out.shape().toArray());
            tape.backward(out, dOut, scope);
            return inputs.stream()
                    .map(input -> read(backend, gradients.get(input)))
                    .toList();
        }
    }

    /** The derivative of L by one element of one input, from four evaluations. */
    double difference(Backend backend, int input, int element) {
        double inner = loss(backend, input, element, STEP) - loss(backend, input, element, -STEP);
        double outer = loss(backend, input, element, 2 * STEP) - loss(backend, input, element, -2 * STEP);
        return (8 * inner - outer) / (12 * STEP);
    }

    private double loss(Backend backend, int input, int element, double shift) {
        List<float[]> values = values();
        values.get(input)[element] += (float) shift;
        try (Scope scope = new Scope(name, backend)) {
            Tensor out = function.apply(new Ops(scope, null), inputs(scope, values));
            float[] elements = read(backend, out);
            float[] weights = normal(1, elements.length);
            double sum = 0;
            for (int i = 0; i < elements.length; i++) {
                sum += (double) weights[i] * elements[i];
            }
            return sum;
        }
    }

    private List<Tensor> inputs(Scope scope, List<float[]> values) {
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            inputs.add(scope.floats("input " + i, values.get(i), shapes.get(i)));
        }
        return inputs;
    }

    static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[(int) tensor.elements()];
        backend.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    /** A recorded copy of a trainable tensor, for operators that change their input in place. */
    static Tensor copy(Ops ops, Tensor x) {
        Tensor zeros = ops.scope().f32("zeros", x.shape().toArray());
        ops.scope().backend().run(new Op.Fill(zeros, 0));
        return ops.add(x, zeros);
    }

    @Override
    public String toString() {
        return name;
    }
}

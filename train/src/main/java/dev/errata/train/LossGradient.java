package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Tensor;
import dev.errata.train.data.Example;
import dev.errata.train.optimizer.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The gradient of a training's mean loss by all that it trains, on a few tokens of one step's rows and without dropout: what
 * the tape finds against finite differences along that very gradient, by the four-point rule. Values that are zero, as a
 * new adapter's B is, are made small random numbers first, since A would have no gradient.
 */
public final class LossGradient {
    /** What the loss changes by between the inner points, in nats, if it is linear. */
    private static final double CHANGE = 0.02;

    private static final double SMALL = 0.01;
    private static final int ROWS = 2;

    private final ReadyTraining training;
    private final List<Example> rows;
    private final TargetLoss loss;
    private final Backend backend;

    /**
     * @param tokens of the two rows together, at most
     */
    public LossGradient(ReadyTraining training, int step, int tokens) {
        this.training = training;
        this.loss = new TargetLoss(training.model().decoder());
        this.backend = training.model().decoder().backend();
        this.rows = training.rows(step).stream()
                .limit(ROWS)
                .map(row -> cut(row, tokens / ROWS))
                .toList();
        long stream = 0;
        for (Parameter parameter : parameters()) {
            float[] values = read(parameter.value());
            stream++;
            if (isZero(values)) {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (SMALL * Philox.normal(5, stream, i));
                }
                write(parameter.value(), values);
            }
        }
    }

    /** Tokens around the first that is trained on. */
    private static Example cut(Example row, int tokens) {
        int length = row.ids().length;
        int first = 1;
        while (first < length - 1 && row.labels()[first] < 0) {
            first++;
        }
        int from = Math.clamp(first - tokens / 2, 0, Math.max(0, length - tokens));
        int to = Math.min(length, from + tokens);
        return new Example(Arrays.copyOfRange(row.ids(), from, to), Arrays.copyOfRange(row.labels(), from, to));
    }

    /** Elements of all that is trained. */
    public long elements() {
        return parameters().stream().mapToLong(each -> each.value().elements()).sum();
    }

    /** Finds the gradients by the tape: one pass forward and backward. */
    public void run() {
        training.optimizer().zeroGradients();
        loss.addGradients(rows, 1f / targets(), training.optimizer().gradients(), null, 0);
    }

    /** The relative error of the tape's gradient along itself; infinite where there is no gradient at all. */
    public double error() {
        run();
        List<float[]> gradients = new ArrayList<>();
        List<float[]> values = new ArrayList<>();
        double squares = 0;
        for (Parameter parameter : parameters()) {
            float[] gradient = read(parameter.gradient());
            for (float each : gradient) {
                squares += (double) each * each;
            }
            gradients.add(gradient);
            values.add(read(parameter.value()));
        }
        double norm = Math.sqrt(squares);
        if (!(norm > 0) || !Double.isFinite(norm)) {
            return Double.POSITIVE_INFINITY;
        }
        double step = CHANGE / norm;
        double inner = at(step, norm, gradients, values) - at(-step, norm, gradients, values);
        double outer = at(2 * step, norm, gradients, values) - at(-2 * step, norm, gradients, values);
        at(0, norm, gradients, values);
        return Math.abs((8 * inner - outer) / (12 * step) - norm) / norm;
    }

    /** The mean loss at the values moved along the gradient. */
    private double at(double by, double norm, List<float[]> gradients, List<float[]> values) {
        List<Parameter> parameters = parameters();
        for (int p = 0; p < parameters.size(); p++) {
            float[] moved = values.get(p).clone();
            for (int i = 0; i < moved.length; i++) {
                moved[i] = (float) (moved[i] + by * gradients.get(p)[i] / norm);
            }
            write(parameters.get(p).value(), moved);
        }
        return loss.sum(rows) / targets();
    }

    private int targets() {
        return rows.stream().mapToInt(Example::targets).sum();
    }

    private List<Parameter> parameters() {
        return training.optimizer().parameters();
    }

    private static boolean isZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
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

package dev.errata.pipeline.report;

import dev.errata.train.StepRecord;
import java.util.List;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** The values of one training over its steps, which ascend; values may be not finite. */
final class Curve {
    /** Longer curves are drawn by the extremes of this many stretches, which a screen shows alike. */
    private static final int STRETCHES = 220;

    private final String name;
    private final String style;
    private final int[] steps;
    private final double[] values;

    private Curve(String name, String style, int[] steps, double[] values) {
        this.name = name;
        this.style = style;
        this.steps = steps;
        this.values = values;
    }

    /**
     * @param name in the legend
     * @param style the style class that gives the colour
     */
    static Curve of(String name, String style, List<StepRecord> metrics, ToDoubleFunction<StepRecord> value) {
        return new Curve(
                name,
                style,
                metrics.stream().mapToInt(StepRecord::step).toArray(),
                metrics.stream().mapToDouble(value).toArray());
    }

    /**
     * @param steps ascending
     * @param values as many
     */
    static Curve of(String name, String style, int[] steps, double[] values) {
        return new Curve(name, style, steps.clone(), values.clone());
    }

    String name() {
        return name;
    }

    String style() {
        return style;
    }

    int step(int index) {
        return steps[index];
    }

    double value(int index) {
        return values[index];
    }

    DoubleStream finiteValues() {
        return DoubleStream.of(values).filter(Double::isFinite);
    }

    int length() {
        return steps.length;
    }

    /** Steps averaged for the thick line: a twentieth of the curve, an odd number; 1 where the curve is short. */
    int window() {
        return length() < 20 ? 1 : length() / 20 / 2 * 2 + 1;
    }

    /** The mean over {@code window} steps around each step, of those values that are finite. */
    Curve smoothed(int window) {
        int n = length();
        double[] sums = new double[n + 1]; // sums[i], counts[i]: over the finite values before i
        int[] counts = new int[n + 1];
        for (int i = 0; i < n; i++) {
            boolean finite = Double.isFinite(values[i]);
            sums[i + 1] = sums[i] + (finite ? values[i] : 0);
            counts[i + 1] = counts[i] + (finite ? 1 : 0);
        }
        double[] means = new double[n];
        for (int i = 0; i < n; i++) {
            int from = Math.max(0, i - window / 2);
            int to = Math.min(n, i + window / 2 + 1);
            int count = counts[to] - counts[from];
            means[i] = count == 0 ? Double.NaN : (sums[to] - sums[from]) / count;
        }
        return new Curve(name, style, steps, means);
    }

    /** The curve itself when it is short, else the first, lowest, highest and last point of each stretch. */
    Curve decimated() {
        if (length() <= 2 * STRETCHES) {
            return this;
        }
        var kept = new TreeSet<Integer>();
        for (int stretch = 0; stretch < STRETCHES; stretch++) {
            int from = (int) ((long) stretch * length() / STRETCHES);
            int to = (int) ((stretch + 1L) * length() / STRETCHES);
            int lowest = from;
            int highest = from;
            for (int i = from; i < to; i++) {
                lowest = Double.compare(values[i], values[lowest]) < 0 ? i : lowest;
                highest = values[i] > values[highest] || !Double.isFinite(values[highest]) ? i : highest;
            }
            kept.add(lowest);
            kept.add(highest);
        }
        kept.add(0);
        kept.add(length() - 1);
        int[] indices = kept.stream().mapToInt(Integer::intValue).toArray();
        int[] fewerSteps = new int[indices.length];
        double[] fewerValues = new double[indices.length];
        for (int i = 0; i < indices.length; i++) {
            fewerSteps[i] = steps[indices[i]];
            fewerValues[i] = values[indices[i]];
        }
        return new Curve(name, style, fewerSteps, fewerValues);
    }

    /** The path through the points that the scales can show; a gap breaks it. */
    String path(Scale x, Scale y) {
        var path = new StringBuilder();
        boolean down = false;
        for (int i = 0; i < length(); i++) {
            boolean drawable = Double.isFinite(values[i]) && (!y.logarithmic() || values[i] > 0);
            if (drawable) {
                path.append(down ? 'L' : 'M')
                        .append(Figure.at(x.position(steps[i])))
                        .append(' ')
                        .append(Figure.at(y.position(values[i])));
            }
            down = drawable;
        }
        return path.toString();
    }
}

package dev.errata.pipeline.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Maps values to positions on one axis, with ticks at round values.
 *
 * @param low the value at {@code from}
 * @param high the value at {@code to}
 * @param ticks round values between low and high, ascending
 */
public record Scale(double low, double high, double from, double to, boolean logarithmic, List<Double> ticks) {

    /** A scale that begins and ends at a tick. Its ticks lie 1, 2 or 5 times a power of ten apart, about {@code count}. */
    public static Scale linear(double min, double max, double from, double to, int count) {
        double step = step(max - min, min, count);
        double low = Math.floor(min / step) * step;
        double high = Math.ceil(max / step) * step;
        return between(low, high > low ? high : low + step, step, from, to);
    }

    /** Whole numbers, for steps: begins and ends at the data and never ticks between two of them. */
    public static Scale integers(int min, int max, double from, double to, int count) {
        double step = Math.max(1, step(max - min, min, count));
        return max == min
                ? new Scale(min - 0.5, max + 0.5, from, to, false, List.of((double) min))
                : between(min, max, step, from, to);
    }

    /** Powers of ten, with 2 and 5 between them where there are few; min and max must be positive. */
    public static Scale logarithmic(double min, double max, double from, double to) {
        int first = (int) Math.floor(Math.log10(min));
        int last = (int) Math.ceil(Math.log10(max));
        int stride = Math.max(1, (last - first + 5) / 6);
        double[] between = last - first <= 3 ? new double[] {1, 2, 5} : new double[] {1};
        double low = min * 0.9;
        double high = max * 1.1;
        var ticks = new ArrayList<Double>();
        for (int power = first; power <= last; power += stride) {
            for (double factor : between) {
                double tick = round(factor * Math.pow(10, power), Math.pow(10, power));
                if (tick >= low && tick <= high) {
                    ticks.add(tick);
                }
            }
        }
        return new Scale(low, high, from, to, true, List.copyOf(ticks));
    }

    public double position(double value) {
        double part = logarithmic
                ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (value - low) / (high - low);
        return from + part * (to - from);
    }

    /** A tick as text: plain decimals, or a power where these grow long. */
    public static String label(double tick) {
        double size = Math.abs(tick);
        if (size != 0 && (size < 1e-3 || size >= 1e6)) {
            int power = (int) Math.floor(Math.log10(size) + 1e-9);
            double factor = round(tick / Math.pow(10, power), 1e-6);
            return BigDecimal.valueOf(factor).stripTrailingZeros().toPlainString() + "e" + power;
        }
        String plain = BigDecimal.valueOf(tick).stripTrailingZeros().toPlainString();
        return plain.replace('-', '−');
    }

    private static Scale between(double low, double high, double step, double from, double to) {
        var ticks = new ArrayList<Double>();
        long last = (long) Math.floor(high / step + 1e-9);
        for (long k = (long) Math.ceil(low / step - 1e-9); k <= last; k++) {
            ticks.add(round(k * step, step));
        }
        return new Scale(low, high, from, to, false, List.copyOf(ticks));
    }

    /** For a span of nothing, a step of the value's own size. */
    private static double step(double span, double value, int count) {
        double width = span > 0 ? span : Math.max(Math.abs(value), 1e-6);
        double raw = width / count;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double factor = raw / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }

    /** Takes off the binary noise of a product such as 3 × 0.1, far below the step. */
    private static double round(double value, double step) {
        int digits = Math.max(0, 6 - (int) Math.floor(Math.log10(step)));
        return BigDecimal.valueOf(value)
                .setScale(digits, RoundingMode.HALF_EVEN)
                .doubleValue();
    }
}

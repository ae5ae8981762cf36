package dev.errata.bench.gpu;

import java.util.Locale;

/**
 * A kernel's time beside the device's limit for it.
 *
 * @param rate bytes or operations a second
 * @param limit what {@code rate} could be at most; 0 where it isn't known
 */
record Row(String kernel, String shape, GpuTimer.Time time, double rate, boolean bytes, double limit) {
    static Row ofBytes(String kernel, String shape, GpuTimer.Time time, double bytes, Ceilings ceilings) {
        return new Row(kernel, shape, time, bytes / (time.median() / 1e3), true, ceilings.copyBytesPerSecond());
    }

    static Row ofProduct(String kernel, String shape, GpuTimer.Time time, double operations, double limit) {
        return new Row(kernel, shape, time, operations / (time.median() / 1e3), false, limit);
    }

    double fraction() {
        return limit == 0 ? Double.NaN : rate / limit;
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%-34s %-26s %9.4f %9.4f %9.4f  %8.1f %s  %s",
                kernel,
                shape,
                time.median(),
                time.least(),
                time.most(),
                rate / (bytes ? 1e9 : 1e12),
                bytes ? "GB/s   " : "TFLOP/s",
                limit == 0 ? "-" : String.format(Locale.ROOT, "%3.0f %%", 100 * fraction()));
    }

    String json() {
        return String.format(
                Locale.ROOT,
                "{\"kernel\": \"%s\", \"shape\": \"%s\", \"milliseconds\": {\"median\": %.5f, \"min\": %.5f, \"max\": %.5f}, "
                        + "\"%s\": %.4g, \"fraction\": %s}",
                kernel,
                shape,
                time.median(),
                time.least(),
                time.most(),
                bytes ? "bytes_per_second" : "operations_per_second",
                rate,
                limit == 0 ? "null" : String.format(Locale.ROOT, "%.4f", fraction()));
    }
}

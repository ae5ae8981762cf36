package dev.errata.bench.gpu;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;

/**
 * A kernel's time beside the device's limit for it.
 *
 * @param milliseconds of one run
 * @param bytesPerSecond of the bytes that must move; null where arithmetic is the limit
 * @param operationsPerSecond null where memory is the limit
 * @param fraction of the copy's or cuBLAS' rate in the same run; null where that isn't known
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record KernelRow(
        String kernel,
        String shape,
        Spread milliseconds,
        Double bytesPerSecond,
        Double operationsPerSecond,
        Double fraction) {
    /** One that is bound by memory. */
    static KernelRow ofBytes(String kernel, String shape, Spread milliseconds, double bytes, Ceilings ceilings) {
        double rate = bytes / (milliseconds.median() / 1e3);
        return new KernelRow(kernel, shape, milliseconds, rate, null, rate / ceilings.copyBytesPerSecond());
    }

    /**
     * One that is bound by arithmetic.
     *
     * @param limit operations a second; 0 where it isn't known
     */
    static KernelRow ofProduct(String kernel, String shape, Spread milliseconds, double operations, double limit) {
        double rate = operations / (milliseconds.median() / 1e3);
        return new KernelRow(kernel, shape, milliseconds, null, rate, limit == 0 ? null : rate / limit);
    }
}

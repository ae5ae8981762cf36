package dev.errata.bench.gpu;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.kernels.cuda.DeviceProperties;
import dev.errata.pipeline.cli.Version;
import dev.errata.train.MemoryFit;

/**
 * The device and the program: what has to be the same for a result to be gone on with.
 *
 * @param device as in {@code --device}
 * @param driver the CUDA version that it knows, as 13.0
 * @param computeCapability as 9.0
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record GpuCard(
        String errata,
        String device,
        String name,
        String driver,
        String computeCapability,
        int multiprocessors,
        long memoryBytes) {
    public static GpuCard of(GpuDevice device, DeviceProperties properties) {
        int version = properties.driverVersion();
        int capability = properties.computeCapability();
        return new GpuCard(
                Version.ERRATA,
                device.optionName(),
                properties.name(),
                version / 1000 + "." + version % 1000 / 10,
                capability / 10 + "." + capability % 10,
                properties.multiprocessors(),
                properties.memoryBytes());
    }

    /** As the first line of a report. */
    public String line() {
        return name + ", compute capability " + computeCapability + ", " + multiprocessors + " multiprocessors, "
                + MemoryFit.shown(memoryBytes) + ", CUDA driver " + driver + ", errata " + errata;
    }
}

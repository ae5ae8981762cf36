package dev.errata.bench.gpu.check;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * Something that a small model does on the device and on the CPU.
 *
 * @param what in words
 * @param device what came out on the device
 * @param cpu the same on the CPU
 * @param allowed what may differ, in words
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record CheckedModel(String what, String device, String cpu, String allowed, boolean passed) {}

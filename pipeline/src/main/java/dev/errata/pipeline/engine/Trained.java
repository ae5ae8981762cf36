package dev.errata.pipeline.engine;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.nio.file.Path;

/**
 * A finished training.
 *
 * @param steps optimizer steps made in all
 * @param loss that of the last step
 * @param result the folder of the adapter or of the model
 * @param already whether it was finished before this call
 */
public record Trained(
        int steps,
        double loss,
        @JsonSerialize(using = ToStringSerializer.class) Path result,
        boolean already) {}

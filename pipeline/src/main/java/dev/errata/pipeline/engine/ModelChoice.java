package dev.errata.pipeline.engine;

import dev.errata.model.decoder.Precision;
import dev.errata.train.config.QuantizationConfig;
import java.nio.file.Path;
import java.time.LocalDate;

/**
 * Which model to open, and how.
 *
 * @param model a model folder or a GGUF file
 * @param quantization how its weights are quantized; null: as they are
 * @param precision what is computed in bf16
 * @param adapter a PEFT folder to put on it, or null
 * @param prompt how prompts reach the model: {@code plain}, {@code chat} or {@code alpaca}
 * @param date the day that its chat template takes for today
 */
public record ModelChoice(
        Path model,
        QuantizationConfig quantization,
        Precision precision,
        Path adapter,
        String prompt,
        LocalDate date,
        Hardware hardware) {}

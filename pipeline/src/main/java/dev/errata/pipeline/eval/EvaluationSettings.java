package dev.errata.pipeline.eval;

import dev.errata.model.decoder.Precision;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.sampling.SamplerSettings;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is evaluated, and how.
 *
 * @param model a model folder or a GGUF file
 * @param adapter a PEFT folder, or null
 * @param precision what is computed in bf16
 * @param input the problems
 * @param limit the first so many of them; 0: all
 * @param fewShot worked examples before each question
 * @param examples where they are taken from, its last ones; null: the task's own
 * @param metric says how many samples of each problem there are
 * @param prompt {@code plain}, {@code chat} or {@code alpaca}
 * @param date the day that a chat template takes for today
 * @param batchSize texts that are written at a time; changes nothing
 */
public record EvaluationSettings(
        Task task,
        Path model,
        Path adapter,
        Precision precision,
        Path input,
        int limit,
        int fewShot,
        Path examples,
        Metric metric,
        TextSampling sampling,
        String prompt,
        LocalDate date,
        long seed,
        int batchSize) {
    ModelChoice choice(Hardware hardware) {
        return new ModelChoice(model, null, precision, adapter, prompt, date, hardware);
    }

    /** Files and folders by the option that names them. */
    SortedMap<String, Path> inputs() {
        SortedMap<String, Path> inputs = new TreeMap<>();
        inputs.put("--model", model);
        inputs.put("--input", input);
        if (adapter != null) {
            inputs.put("--adapter", adapter);
        }
        if (examples != null) {
            inputs.put("--examples", examples);
        }
        return inputs;
    }

    /** Every other setting that can change a record, by the option that gives it. */
    SortedMap<String, String> compared() {
        SortedMap<String, String> settings = new TreeMap<>();
        settings.put("TASK", task.name());
        settings.put("--limit", Integer.toString(limit));
        settings.put("--few-shot", Integer.toString(fewShot));
        settings.put("--metric", metric.shown());
        settings.put("--prompt", prompt);
        settings.put("--date", date.toString());
        settings.put("--seed", Long.toString(seed));
        settings.put("--max-new-tokens", Integer.toString(sampling.maxNewTokens()));
        settings.put("--stop", String.join(" | ", sampling.stop()));
        SamplerSettings sampler = sampling.sampler();
        settings.put("--temperature", Double.toString(sampler.temperature()));
        settings.put("--top-k", Integer.toString(sampler.topK()));
        settings.put("--top-p", Double.toString(sampler.topP()));
        settings.put("--min-p", Double.toString(sampler.minP()));
        settings.put("--repetition-penalty", Double.toString(sampler.repetitionPenalty()));
        settings.put("--dtype", precision.activations().name().toLowerCase(Locale.ROOT));
        return settings;
    }
}

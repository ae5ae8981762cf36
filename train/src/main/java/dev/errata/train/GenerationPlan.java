package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.generate.CacheBudget;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.StopConditions;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.MetaWeights;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.config.QuantizationConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What writing texts would hold, found by an engine's own steps on a device that computes nothing.
 *
 * @param slots texts that are written together
 * @param promptTokens of the longest prompt
 * @param newTokens after it, at most
 * @param weights bytes of the model
 * @param keysValues bytes that keys and values may take
 * @param step bytes that a step takes beside these
 * @param total of the three
 */
public record GenerationPlan(
        int slots, int promptTokens, int newTokens, long weights, long keysValues, long step, long total) {
    /**
     * The plan of a stage that writes with the model that a config trains.
     *
     * @param path the model's
     * @param quantization of the config; null: weights as they are stored
     * @param promptTokens of the longest prompt; cut to what the model's context leaves beside the new tokens
     */
    public static GenerationPlan of(
            ModelConfig model,
            Path path,
            QuantizationConfig quantization,
            Precision precision,
            EngineLimits limits,
            int promptTokens,
            int newTokens,
            MemoryBudget budget) {
        FourBitSpec spec = PlanRun.spec(quantization, path);
        int context = model.maxPositionEmbeddings();
        int written = Math.min(newTokens, Math.max(1, context - 1));
        int prompt = Math.clamp(promptTokens, 1, Math.max(1, context - written));
        try (MeasuredBackend backend = new MeasuredBackend(budget.counting(false));
                Decoder decoder = Decoder.load(model, MetaWeights.of(path, model), backend, spec, precision)) {
            long weights = backend.liveBytes() + backend.adoptedBytes();
            KeyValueRoom room = KeyValueRoom.beside(decoder, budget);
            CacheBudget told = limits.cache();
            EngineLimits within = told.asNeeded() ? room.within(limits) : limits;
            long keysValues = within.mostBytes(prompt + written, room.blockBytes());
            long step = step(decoder, limits.slots(), prompt, backend) - weights;
            return new GenerationPlan(
                    limits.slots(), prompt, newTokens, weights, keysValues, step, weights + keysValues + step);
        }
    }

    /** The most that is taken while all slots read a prompt and write a token, without keys and values. */
    private static long step(Decoder decoder, int slots, int promptTokens, MeasuredBackend backend) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int slot = 0; slot < slots; slot++) {
            // Prompts that differ, so that nothing is shared.
            int vocabulary = decoder.config().vocabSize();
            requests.add(sampled(IntStream.range(slot, slot + promptTokens)
                    .map(id -> id % vocabulary)
                    .toArray()));
        }
        try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(slots))) {
            engine.generate(requests);
            return backend.takenBytes() - engine.cacheBytes();
        }
    }

    private static GenerationRequest sampled(int[] prompt) {
        return new GenerationRequest(prompt, SamplerSettings.of(0.7, 0.95), 1, StopConditions.NONE, 0);
    }
}

package dev.errata.bench.model;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.generate.CacheBudget;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.generate.OrderedResults;
import dev.errata.model.generate.StopConditions;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.List;

/** Something that a model is timed at. */
public sealed interface ModelTest {
    /** Prompt tokens that are read in one step. */
    int PROMPT_TOKENS = 2048;

    /** As in results. */
    String name();

    /** Tokens of each sequence that are counted. */
    int tokens();

    int batch();

    /** Tokens of each sequence before the counted ones. */
    int context();

    /**
     * Does it once.
     *
     * @param round other prompts each time
     * @return tokens a second, all sequences together
     */
    double run(Decoder decoder, SamplerSettings sampler, long seed, int round);

    /** Reads prompts of random tokens until the first token after them is chosen. */
    record Prompt(int tokens, int batch) implements ModelTest {
        @Override
        public String name() {
            return "prompt";
        }

        @Override
        public int context() {
            return 0;
        }

        @Override
        public double run(Decoder decoder, SamplerSettings sampler, long seed, int round) {
            try (GenerationEngine engine = engine(decoder, batch)) {
                List<GenerationRequest> requests =
                        requests(batch, tokens, vocabulary(decoder), 1, sampler, seed, round);
                long begun = System.nanoTime();
                engine.generate(requests);
                return (double) tokens * batch / seconds(begun, System.nanoTime());
            }
        }
    }

    /** Writes after prompts of random tokens; the clock starts when the first token after each prompt is there. */
    record Generate(int tokens, int batch, int context) implements ModelTest {
        @Override
        public String name() {
            return "generate";
        }

        @Override
        public double run(Decoder decoder, SamplerSettings sampler, long seed, int round) {
            try (GenerationEngine engine = engine(decoder, batch)) {
                List<GenerationRequest> requests =
                        requests(batch, context, vocabulary(decoder), tokens + 1, sampler, seed, round);
                FirstTokens first = new FirstTokens(engine, batch);
                engine.generate(requests, first);
                long written = engine.status().newTokens() - first.written;
                return written / seconds(first.nanos, System.nanoTime());
            }
        }
    }

    /** When each sequence had its first token, and how many there were then. */
    final class FirstTokens implements OrderedResults {
        private final GenerationEngine engine;
        private final int sequences;
        private long nanos;
        private long written;

        private FirstTokens(GenerationEngine engine, int sequences) {
            this.engine = engine;
            this.sequences = sequences;
        }

        @Override
        public void answered(int place, GenerationResult result) {}

        @Override
        public void stepped() {
            if (nanos == 0 && engine.status().newTokens() >= sequences) {
                nanos = System.nanoTime();
                written = engine.status().newTokens();
            }
        }
    }

    /** All prompts are read in one step, up to so many tokens. */
    private static GenerationEngine engine(Decoder decoder, int batch) {
        return new GenerationEngine(decoder, new EngineLimits(batch, CacheBudget.AS_NEEDED, PROMPT_TOKENS));
    }

    private static int vocabulary(Decoder decoder) {
        return decoder.config().vocabSize();
    }

    private static double seconds(long begun, long ended) {
        return (ended - begun) / 1e9;
    }

    /** No token ends a sequence, and none is forbidden. */
    private static List<GenerationRequest> requests(
            int batch, int length, int vocabulary, int newTokens, SamplerSettings sampler, long seed, int round) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int row = 0; row < batch; row++) {
            long stream = Philox.stream("bench", round, row);
            int[] ids = new int[length];
            for (int i = 0; i < length; i++) {
                ids[i] = Philox.below(seed, stream, i, vocabulary);
            }
            requests.add(new GenerationRequest(ids, sampler, newTokens, StopConditions.NONE, seed));
        }
        return requests;
    }
}

package dev.errata.bench.model;

import dev.errata.model.generate.GenerationSettings;
import dev.errata.model.generate.Generator;
import dev.errata.model.generate.PromptTokens;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Something that a model is timed at. */
sealed interface ModelTest {
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
    double run(Generator generator, int vocabulary, SamplerSettings sampler, long seed, int round);

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
        public double run(Generator generator, int vocabulary, SamplerSettings sampler, long seed, int round) {
            List<PromptTokens> prompts = prompts(batch, tokens, vocabulary, seed, round);
            long begun = System.nanoTime();
            generator.generate(prompts, settings(1, sampler, seed), rules(batch));
            return (double) tokens * batch / seconds(begun, System.nanoTime());
        }
    }

    /** Writes after prompts of random tokens; the clock starts when the first token after each prompt is there. */
    record Generate(int tokens, int batch, int context) implements ModelTest {
        @Override
        public String name() {
            return "generate";
        }

        @Override
        public double run(Generator generator, int vocabulary, SamplerSettings sampler, long seed, int round) {
            List<PromptTokens> prompts = prompts(batch, context, vocabulary, seed, round);
            FirstTokens first = new FirstTokens(batch);
            generator.generate(prompts, settings(tokens + 1, sampler, seed), rules(batch), first);
            return (double) tokens * batch / seconds(first.nanos, System.nanoTime());
        }
    }

    /** When each sequence had its first token. */
    final class FirstTokens implements Generator.Listener {
        private int left;
        private long nanos;

        private FirstTokens(int sequences) {
            left = sequences;
        }

        @Override
        public void written(int prompt, int id) {
            if (left > 0 && --left == 0) {
                nanos = System.nanoTime();
            }
        }
    }

    private static double seconds(long begun, long ended) {
        return (ended - begun) / 1e9;
    }

    /** No token ends a sequence, and none is forbidden. */
    private static GenerationSettings settings(int newTokens, SamplerSettings sampler, long seed) {
        return new GenerationSettings(newTokens, sampler, List.of(), Set.of(), seed);
    }

    private static List<Generator.StopRule> rules(int batch) {
        return Collections.nCopies(batch, (ids, count) -> false);
    }

    private static List<PromptTokens> prompts(int batch, int length, int vocabulary, long seed, int round) {
        List<PromptTokens> prompts = new ArrayList<>();
        for (int row = 0; row < batch; row++) {
            long stream = Philox.stream("bench", round, row);
            int[] ids = new int[length];
            for (int i = 0; i < length; i++) {
                ids[i] = Philox.below(seed, stream, i, vocabulary);
            }
            prompts.add(new PromptTokens(ids, stream));
        }
        return prompts;
    }
}

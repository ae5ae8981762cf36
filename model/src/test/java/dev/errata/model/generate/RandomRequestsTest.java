package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever requests come and go, share prefixes, wait for memory, give it back or are taken back: each is answered with what
 * it is answered with alone, and in the end no block is held.
 */
class RandomRequestsTest {
    private static final int REQUESTS = 24;
    private static final int VOCABULARY = 48;

    /** One that says of itself that it runs ahead, so that the host looks a step late. */
    private record Ahead(Backend inner) implements ForwardingBackend {
        @Override
        public boolean isAsynchronous() {
            return true;
        }
    }

    /** Keeps what a listener is told. */
    private static final class Told implements GenerationListener {
        private final Map<Integer, List<Integer>> written = new LinkedHashMap<>();
        private int promptScores;
        private int ended;
        private GenerationResult result;
        private boolean cancelled;

        @Override
        public void promptScored(List<ScoredToken> prompt) {
            promptScores += prompt.size();
        }

        @Override
        public void written(int sample, int id, ScoredToken score) {
            written.computeIfAbsent(sample, any -> new ArrayList<>()).add(id);
        }

        @Override
        public void ended(int sample, Generated generated) {
            ended++;
            assertThat(generated.ids())
                    .isEqualTo(written.getOrDefault(sample, List.of()).stream()
                            .mapToInt(id -> id)
                            .toArray());
        }

        @Override
        public void completed(GenerationResult whole) {
            assertThat(isOver()).isFalse();
            result = whole;
        }

        @Override
        public void failed(ErrataException failure) {
            throw failure;
        }

        @Override
        public void cancelled() {
            assertThat(isOver()).isFalse();
            cancelled = true;
        }

        boolean isOver() {
            return result != null || cancelled;
        }
    }

    /** Prompts grow on a tree: each begins with a part of another one, or anew. */
    private static List<int[]> prompts(Random random, int count) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] trunk = prompts.isEmpty() || random.nextInt(4) == 0
                    ? new int[0]
                    : prompts.get(random.nextInt(prompts.size()));
            int kept = random.nextInt(trunk.length + 1);
            int more = random.nextInt(5) == 0 && trunk.length > 0 ? 0 : 1 + random.nextInt(90);
            int[] prompt = Arrays.copyOf(trunk, Math.max(1, kept + more));
            for (int at = kept; at < prompt.length; at++) {
                prompt[at] = random.nextInt(VOCABULARY);
            }
            prompts.add(prompt);
        }
        return prompts;
    }

    private static GenerationRequest request(int[] prompt, Random random, int longest) {
        SamplerSettings sampler = switch (random.nextInt(4)) {
            case 0 -> SamplerSettings.GREEDY;
            case 1 -> new SamplerSettings(0.9, 0, 0.95, 0, 1, 1.1, 3);
            case 2 -> new SamplerSettings(1.3, 50, 1, 0.01, 1, 1, 0);
            default -> SamplerSettings.of(1, 1);
        };
        int length = 1 + random.nextInt(5);
        int most = random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(longest);
        boolean byRule = random.nextInt(3) == 0;
        StopConditions stop = new StopConditions(
                Set.of(random.nextInt(VOCABULARY)), () -> byRule ? endsAfter(length * 7) : StopRule.NEVER);
        boolean scored = random.nextInt(3) == 0;
        return new GenerationRequest(prompt, sampler, most, stop, random.nextInt(3))
                .withSamples(1 + random.nextInt(4))
                .withForbidden(random.nextInt(3) == 0 ? new int[] {random.nextInt(VOCABULARY)} : new int[0])
                .withLogProbabilities(new LogProbabilities(scored, scored && random.nextBoolean(), random.nextInt(3)));
    }

    /** A rule with a memory of its own. */
    private static StopRule endsAfter(int count) {
        int[] seen = {0};
        return id -> ++seen[0] == count;
    }

    private static int longestBlocks(List<GenerationRequest> requests) {
        return requests.stream()
                .mapToInt(request -> KeyValueCache.blocks((int) request.longest()))
                .max()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "3, true", "4, false", "5, true", "6, false", "7, false", "8, true"})
    void eachIsAnsweredAsIfItWereAlone(long seed, boolean ahead) {
        try (Backend cpu = Backends.choose("cpu", 2)) {
            eachIsAnsweredAsIfItWereAlone(ahead ? new Ahead(cpu) : cpu, seed, REQUESTS, 70);
        }
    }

    /** Where prompts and written sequences have passes of their own, and decoding is captured and replayed. */
    @ParameterizedTest
    @ValueSource(longs = {12, 14})
    void eachIsAnsweredAsIfItWereAloneOnADevice(long seed) {
        try (Backend device = Backends.choose(System.getProperty("errata.device", "sim"), 1)) {
            eachIsAnsweredAsIfItWereAlone(device, seed, 5, 12);
        }
    }

    private static void eachIsAnsweredAsIfItWereAlone(Backend backend, long seed, int count, int longest) {
        RecordedModel model = RecordedModel.committed(seed % 3 == 0 ? "llama-dynamic" : "llama3-gqa-tied");
        try (Decoder decoder = model.load(backend)) {
            Random random = new Random(seed);
            List<GenerationRequest> requests = prompts(random, count).stream()
                    .map(prompt -> request(prompt, random, longest))
                    .toList();
            long blockBytes = KeyValueCache.blockBytes(decoder.config(), decoder.keyValueType());
            int most = longestBlocks(requests) + random.nextInt(seed % 2 == 0 ? 3 : 40);
            EngineLimits limits = new EngineLimits(
                    1 + random.nextInt(6),
                    new CacheBudget(most * blockBytes, random.nextBoolean()),
                    random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(200));
            try (GenerationEngine engine = new GenerationEngine(decoder, limits)) {
                List<Told> told = run(engine, requests, random);
                compare(decoder, requests, told);
                assertThat(engine.status().heldBlocks()).isZero();
                assertThat(engine.status().running()).isZero();
                assertThat(engine.status().waiting()).isZero();
                assertThat(engine.status().cachedBlocks()).isLessThanOrEqualTo(most);
                engine.forgetPrefixes();
                assertThat(engine.status().cachedBlocks()).isZero();
            }
        }
    }

    /** Requests come between steps at random, and a few are taken back at random. */
    private static List<Told> run(GenerationEngine engine, List<GenerationRequest> requests, Random random) {
        List<Told> told = new ArrayList<>();
        List<Ticket> tickets = new ArrayList<>();
        boolean works = true;
        while (works || told.size() < requests.size()) {
            while (told.size() < requests.size() && random.nextInt(3) == 0) {
                told.add(new Told());
                tickets.add(engine.submit(requests.get(tickets.size()), told.getLast()));
            }
            if (random.nextInt(150) == 0 && !tickets.isEmpty()) {
                engine.cancel(tickets.get(random.nextInt(tickets.size())));
            }
            works = engine.step();
        }
        return told;
    }

    private static void compare(Decoder decoder, List<GenerationRequest> requests, List<Told> told) {
        int whole = 0;
        for (int i = 0; i < requests.size(); i++) {
            GenerationRequest request = requests.get(i);
            Told each = told.get(i);
            assertThat(each.isOver()).isTrue();
            GenerationResult alone = alone(decoder, request);
            if (each.cancelled) {
                each.written.forEach((sample, ids) -> assertThat(ids)
                        .isEqualTo(Arrays.stream(alone.samples().get(sample).ids())
                                .limit(ids.size())
                                .boxed()
                                .toList()));
                continue;
            }
            whole++;
            assertThat(each.ended).isEqualTo(request.samples());
            assertThat(each.result.prompt()).isEqualTo(alone.prompt());
            assertThat(each.promptScores).isEqualTo(alone.prompt().size());
            for (int sample = 0; sample < request.samples(); sample++) {
                Generated written = each.result.samples().get(sample);
                Generated expected = alone.samples().get(sample);
                assertThat(written.ids()).as("request %d, sample %d", i, sample).isEqualTo(expected.ids());
                assertThat(written.finish()).isEqualTo(expected.finish());
                assertThat(written.scores()).isEqualTo(expected.scores());
                assertThat(written.scores()).hasSize(request.wanted().ofNewTokens() ? written.ids().length : 0);
            }
        }
        assertThat(whole).isGreaterThan(requests.size() / 2);
    }

    /** In engines of one slot, a new one for each sample. */
    private static GenerationResult alone(Decoder decoder, GenerationRequest request) {
        List<Generated> samples = new ArrayList<>();
        List<ScoredToken> prompt = List.of();
        for (int sample = 0; sample < request.samples(); sample++) {
            try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
                GenerationResult result = engine.generate(List.of(request.withSamples(sample + 1)))
                        .getFirst();
                samples.add(result.samples().getLast());
                prompt = result.prompt();
            }
        }
        return new GenerationResult(prompt, samples);
    }

    /** With room for the longest alone, sequences are put back again and again. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference", "sim"})
    void whoIsPutBackGoesOnWhereItWas(String device) {
        try (Backend backend = Backends.choose(device, 1);
                Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            SamplerSettings warm = SamplerSettings.of(0.9, 0.95);
            int tokens = device.equals("sim") ? 34 : 60;
            List<GenerationRequest> requests = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int[] prompt = {7 + i, 11, 13};
                requests.add(new GenerationRequest(prompt, warm, tokens, StopConditions.NONE, 5));
            }
            long blockBytes = KeyValueCache.blockBytes(decoder.config(), decoder.keyValueType());
            try (GenerationEngine engine =
                    new GenerationEngine(decoder, new EngineLimits(4, CacheBudget.of(5 * blockBytes), 512))) {
                List<GenerationResult> together = engine.generate(requests);
                assertThat(engine.status().putBack()).isPositive();
                for (int i = 0; i < requests.size(); i++) {
                    assertThat(together.get(i).samples().getFirst().ids())
                            .isEqualTo(alone(decoder, requests.get(i))
                                    .samples()
                                    .getFirst()
                                    .ids());
                }
            }
        }
    }
}

package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationEngineTest {
    private static final SamplerSettings WARM = new SamplerSettings(0.9, 0, 0.95, 0, 1, 1.1, 3);

    private static Backend backend;
    private static Decoder decoder;
    private static List<int[]> prompts;

    @BeforeAll
    static void load() {
        RecordedModel model = RecordedModel.committed("llama3-gqa-tied");
        backend = Backends.choose("cpu", 2);
        decoder = model.load(backend);
        prompts = model.prompts();
    }

    @AfterAll
    static void close() {
        decoder.close();
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    private static GenerationResult answer(GenerationRequest request) {
        try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(4))) {
            return engine.generate(List.of(request)).getFirst();
        }
    }

    private static GenerationRequest greedy(int[] prompt, int count, StopConditions stop) {
        return new GenerationRequest(prompt, SamplerSettings.GREEDY, count, stop, 42);
    }

    private static Generated first(GenerationRequest request) {
        return answer(request).samples().getFirst();
    }

    @Test
    void aSampledSequenceIsTheSameAloneAndInAnyBatch() {
        List<Generated> batch = Writing.each(decoder, prompts, WARM, 20, Set.of());
        for (int i = 0; i < prompts.size(); i++) {
            Generated alone = Writing.each(decoder, List.of(prompts.get(i)), WARM, 20, Set.of())
                    .getFirst();
            assertThat(alone.ids()).isEqualTo(batch.get(i).ids());
        }
        List<Generated> reversed = Writing.each(decoder, prompts.reversed(), WARM, 20, Set.of());
        assertThat(reversed.getLast().ids()).isEqualTo(batch.getFirst().ids());
    }

    @Test
    void forbiddenTokensAreNotWritten() {
        int likeliest =
                first(greedy(prompts.getFirst(), 1, StopConditions.NONE)).ids()[0];
        GenerationRequest request =
                greedy(prompts.getFirst(), 8, StopConditions.NONE).withForbidden(new int[] {likeliest});
        assertThat(first(request).ids()).hasSize(8).doesNotContain(likeliest);
    }

    @Test
    void samplesOfOnePromptDifferAndDependOnTheirIndexTheSeedAndThePromptAlone() {
        GenerationRequest request = new GenerationRequest(prompts.getFirst(), WARM, 20, StopConditions.NONE, 42);
        List<Generated> three = answer(request.withSamples(3)).samples();
        List<Generated> two = answer(request.withSamples(2)).samples();
        assertThat(three.get(0).ids())
                .isNotEqualTo(three.get(1).ids())
                .isEqualTo(two.get(0).ids());
        assertThat(three.get(1).ids()).isEqualTo(two.get(1).ids());
        GenerationRequest other = new GenerationRequest(prompts.getFirst(), WARM, 20, StopConditions.NONE, 43);
        assertThat(first(other).ids()).isNotEqualTo(three.get(0).ids());
    }

    @Test
    void stopsAtARuleAndKeepsTheTokenThatMadeIt() {
        List<Integer> seen = new ArrayList<>();
        StopConditions stop = new StopConditions(Set.of(), () -> id -> {
            seen.add(id);
            return seen.size() == 3;
        });
        Generated stopped = first(greedy(prompts.getFirst(), 20, stop));
        assertThat(stopped.finish()).isEqualTo(Finish.STOP);
        assertThat(stopped.ids()).hasSize(3);
        assertThat(seen).containsExactly(Arrays.stream(stopped.ids()).boxed().toArray(Integer[]::new));
    }

    @Test
    void stopsAtTheLengthAndAtOnceWhenItIsZero() {
        Generated one = first(greedy(prompts.getFirst(), 1, StopConditions.NONE));
        assertThat(one.ids()).hasSize(1);
        assertThat(one.finish()).isEqualTo(Finish.LENGTH);
        List<Generated> nothing = answer(
                        greedy(prompts.getFirst(), 0, StopConditions.NONE).withSamples(2))
                .samples();
        assertThat(nothing).hasSize(2).allSatisfy(each -> {
            assertThat(each.ids()).isEmpty();
            assertThat(each.finish()).isEqualTo(Finish.LENGTH);
        });
    }

    @Test
    void anEndTokenAtTheLastPlaceCountsAsAStop() {
        int[] free = first(greedy(prompts.getFirst(), 4, StopConditions.NONE)).ids();
        Generated ended = first(greedy(prompts.getFirst(), 4, StopConditions.of(Set.of(free[3]))));
        assertThat(ended.finish()).isEqualTo(Finish.STOP);
        assertThat(ended.ids()).endsWith(free[3]);
    }

    @Test
    void promptsLongerThanOneStepReadsAreReadWhole() {
        int[] ids = new int[1500];
        Arrays.setAll(ids, i -> (i * 7 + 3) % 384);
        try (GenerationEngine wide = new GenerationEngine(decoder, new EngineLimits(1, CacheBudget.AS_NEEDED, 2000));
                GenerationEngine narrow = new GenerationEngine(decoder, EngineLimits.of(1))) {
            List<GenerationRequest> request = List.of(greedy(ids, 3, StopConditions.NONE));
            assertThat(narrow.generate(request).getFirst().samples().getFirst().ids())
                    .isEqualTo(wide.generate(request)
                            .getFirst()
                            .samples()
                            .getFirst()
                            .ids())
                    .hasSize(3);
        }
    }

    /** The device is the simulator, or with {@code -Derrata.device=cuda} a real one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSimulatedDeviceWritesTheTokensOfTheCpu(boolean bf16) {
        Precision precision = bf16 ? Precision.BF16 : Precision.F32;
        RecordedModel recorded = RecordedModel.committed("llama3-gqa-tied");
        List<int[]> two = prompts.subList(0, 2);
        try (Backend cpu = Backends.choose("cpu", 1);
                Decoder plain = recorded.load(cpu, precision);
                Backend sim = Backends.choose(System.getProperty("errata.device", "sim"), 1);
                Decoder simulated = recorded.load(sim, precision)) {
            List<Generated> expected = Writing.greedy(plain, two, 8, Set.of());
            List<Generated> written = Writing.greedy(simulated, two, 8, Set.of());
            for (int i = 0; i < 2; i++) {
                assertThat(written.get(i).ids()).isEqualTo(expected.get(i).ids());
            }
            assertThat(Writing.each(simulated, two, WARM, 4, Set.of())).hasSize(2);
        }
    }

    /** The same numbers as from all logits at once, of the prompt's tokens and of those that follow it. */
    @Test
    void logProbabilitiesAreThoseOfTheModel() {
        int[] prompt = prompts.getFirst();
        GenerationRequest request = new GenerationRequest(prompt, WARM, 6, StopConditions.NONE, 42)
                .withLogProbabilities(new LogProbabilities(true, true, 3));
        GenerationResult result = answer(request);
        int[] ids = result.samples().getFirst().ids();
        int[] all = Arrays.copyOf(prompt, prompt.length + ids.length);
        System.arraycopy(ids, 0, all, prompt.length, ids.length);
        GenerationResult scored =
                answer(greedy(all, 0, StopConditions.NONE).withLogProbabilities(new LogProbabilities(false, true, 3)));
        assertThat(scored.samples().getFirst().ids()).isEmpty();
        List<ScoredToken> together = new ArrayList<>(result.prompt());
        together.addAll(result.samples().getFirst().scores());
        assertThat(together).isEqualTo(scored.prompt()).hasSize(all.length - 1);
        for (int i = 0; i < together.size(); i++) {
            ScoredToken token = together.get(i);
            assertThat(token.id()).isEqualTo(all[i + 1]);
            assertThat(token.logProbability()).isNegative();
            assertThat(token.rivals()).hasSize(3);
            assertThat(token.rivals().getFirst().logProbability())
                    .isGreaterThanOrEqualTo(token.rivals().get(1).logProbability())
                    .isGreaterThanOrEqualTo(token.logProbability());
        }
        double sum = 0;
        GenerationRequest whole =
                greedy(prompt, 1, StopConditions.NONE).withLogProbabilities(new LogProbabilities(true, false, 384));
        for (ScoredToken.Rival each : first(whole).scores().getFirst().rivals()) {
            sum += StrictMath.exp(each.logProbability());
        }
        assertThat(sum).isCloseTo(1, within(1e-12));
    }

    @Test
    void whatCouldNeverBeAnsweredIsRefusedWithOneSentence() {
        long blockBytes = KeyValueCache.blockBytes(decoder.config(), decoder.keyValueType());
        GenerationListener none = new Silent();
        try (GenerationEngine engine =
                new GenerationEngine(decoder, new EngineLimits(2, CacheBudget.of(2 * blockBytes), 64))) {
            assertThatThrownBy(() -> engine.submit(greedy(new int[] {3}, 64, StopConditions.NONE), none))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(String.format(Locale.ROOT, "65 tokens need %,d bytes", 3 * blockBytes))
                    .hasMessageContaining("kv_memory");
            assertThatThrownBy(() -> engine.submit(greedy(new int[] {3, 9000}, 4, StopConditions.NONE), none))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("9000");
            assertThat(engine.generate(List.of(greedy(new int[] {3}, 63, StopConditions.NONE))))
                    .hasSize(1);
        }
    }

    @Test
    void aBudgetByNeedTakesNoMoreThanAllSlotsNeedNorMoreThanThereIs() {
        long blockBytes = KeyValueCache.blockBytes(decoder.config(), decoder.keyValueType());
        List<GenerationRequest> three = IntStream.range(3, 6)
                .mapToObj(id -> greedy(new int[] {id}, 63, StopConditions.NONE))
                .toList();
        List<GenerationResult> alone =
                answered(CacheBudget.AS_NEEDED, three, EngineLimits.of(3).neededBlocks(64));
        assertThat(answered(new CacheBudget(3 * blockBytes, true), three, 3))
                .usingRecursiveComparison()
                .isEqualTo(alone);
        assertThat(answered(CacheBudget.of(90 * blockBytes), three, 90))
                .usingRecursiveComparison()
                .isEqualTo(alone);
        try (GenerationEngine engine =
                new GenerationEngine(decoder, EngineLimits.of(3, new CacheBudget(blockBytes, true)))) {
            assertThatThrownBy(() -> engine.submit(three.getFirst(), new Silent()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("64 tokens need");
        }
    }

    private List<GenerationResult> answered(CacheBudget budget, List<GenerationRequest> requests, int mostBlocks) {
        try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(3, budget))) {
            List<GenerationResult> results = engine.generate(requests);
            assertThat(engine.status().mostBlocks()).isEqualTo(mostBlocks);
            return results;
        }
    }

    @Test
    void whoIsTakenBackIsToldAndHoldsNothing() {
        List<String> told = new ArrayList<>();
        GenerationListener listener = new Silent() {
            @Override
            public void cancelled() {
                told.add("cancelled");
            }
        };
        try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
            Ticket runs = engine.submit(greedy(prompts.getFirst(), 50, StopConditions.NONE), listener);
            Ticket waits = engine.submit(greedy(prompts.getFirst(), 50, StopConditions.NONE), listener);
            engine.step();
            engine.step();
            assertThat(engine.status().heldBlocks()).isPositive();
            engine.cancel(runs);
            engine.cancel(waits);
            engine.cancel(runs);
            engine.step();
            assertThat(told).containsExactly("cancelled", "cancelled");
            assertThat(engine.status().heldBlocks()).isZero();
            assertThat(engine.status().running() + engine.status().waiting()).isZero();
            engine.submit(greedy(prompts.getFirst(), 50, StopConditions.NONE), listener);
        }
        assertThat(told).as("the one that was there when the engine was closed").hasSize(3);
    }

    /** Hears nothing. */
    private static class Silent implements GenerationListener {
        @Override
        public void completed(GenerationResult result) {}

        @Override
        public void failed(ErrataException failure) {}
    }

    @Test
    void requestsComeFromAnyThread() throws InterruptedException {
        int count = 40;
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(4))) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int first = t * count / 4;
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int i = first; i < first + count / 4; i++) {
                        int number = i;
                        engine.submit(greedy(new int[] {1 + i}, 3, StopConditions.NONE), new Silent() {
                            @Override
                            public void completed(GenerationResult result) {
                                done.add(number);
                            }
                        });
                    }
                }));
            }
            while (done.size() < count) {
                if (!engine.step()) {
                    engine.awaitWork(1000);
                }
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(done).hasSize(count);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference", "sim"})
    void logitsThatAreNanFailTheirRequestAlone(String device, @TempDir Path folder) throws IOException {
        int broken = prompts.get(1)[0];
        Path model = withNanInTheEmbeddingOf(broken, folder);
        try (Backend any = Backends.choose(device, 1);
                Decoder loaded = new RecordedModel(model).load(any)) {
            for (SamplerSettings sampler : List.of(SamplerSettings.GREEDY, WARM)) {
                GenerationRequest request =
                        new GenerationRequest(new int[] {broken, 3}, sampler, 2, StopConditions.NONE, 42);
                List<ErrataException> failures = new ArrayList<>();
                try (GenerationEngine engine = new GenerationEngine(loaded, EngineLimits.of(2))) {
                    assertThatThrownBy(() -> engine.generate(List.of(request)))
                            .isInstanceOf(RunFailedException.class)
                            .hasMessageContaining("no token to choose")
                            .hasMessageContaining("prompt of 2 tokens, new token 1");
                    engine.submit(request.withSamples(2), new Silent() {
                        @Override
                        public void failed(ErrataException failure) {
                            failures.add(failure);
                        }
                    });
                    while (engine.step()) {
                        // Until it has failed.
                    }
                    assertThat(failures).hasSize(1);
                    assertThat(engine.status().heldBlocks()).isZero();
                }
            }
        }
    }

    /** The embeddings are the output layer too, so every row of logits has a NaN. */
    private static Path withNanInTheEmbeddingOf(int token, Path folder) throws IOException {
        Path from = Path.of("src", "test", "resources", "oracle", "models", "llama3-gqa-tied");
        Files.copy(from.resolve("config.json"), folder.resolve("config.json"));
        Path weights = Files.copy(from.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode embedding = new ObjectMapper()
                .readTree(new String(bytes.array(), 8, header, StandardCharsets.UTF_8))
                .get("model.embed_tokens.weight");
        assertThat(embedding.get("dtype").asText()).isEqualTo("F32");
        int width = embedding.get("shape").get(1).asInt();
        int row = 8 + header + embedding.get("data_offsets").get(0).asInt() + token * width * Float.BYTES;
        bytes.putFloat(row, Float.NaN);
        Files.write(weights, bytes.array());
        return folder;
    }

    @Test
    void noRequestsGiveNoResults() {
        assertThat(Writing.each(decoder, List.of(), WARM, 5, Set.of())).isEmpty();
    }
}

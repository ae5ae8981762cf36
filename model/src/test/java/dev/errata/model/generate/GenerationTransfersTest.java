package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.check.CountingBackend;
import dev.errata.tensor.check.CountingBackend.Event;
import dev.errata.tensor.check.CountingBackend.Ran;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often elements cross when sequences are written, and when the host looks at them. */
class GenerationTransfersTest {
    private static final SamplerSettings WARM = new SamplerSettings(0.9, 20, 0.95, 0, 1, 1.1, 3);
    private static final List<String> STATE = List.of("history", "history lengths", "sampling settings", "random keys");
    private static final List<String> LISTS = List.of("forbidden tokens", "parts of forbidden tokens");
    private static final List<String> PROMPTS = List.of("ids", "positions", "segments", "places", "last", "slots");
    private static final int[] FORBIDDEN = {5, 7};
    private static final List<String> ROWS = List.of("slots", "segments");

    /** One that says of itself that it runs ahead, so that the host looks a step late. */
    private record Ahead(Backend inner) implements ForwardingBackend {
        @Override
        public boolean isAsynchronous() {
            return true;
        }
    }

    private static List<GenerationRequest> requests(
            List<int[]> prompts, int count, SamplerSettings sampler, Set<Integer> ends) {
        return prompts.stream()
                .map(prompt -> new GenerationRequest(prompt, sampler, count, StopConditions.of(ends), 42)
                        .withForbidden(FORBIDDEN))
                .toList();
    }

    /** Told each token, with the place of its request. */
    private interface Tokens {
        void written(int place, int id);
    }

    /** In an engine that was made before, so that what it uploads itself isn't counted. */
    private static List<Generated> write(GenerationEngine engine, List<GenerationRequest> requests, Tokens tokens) {
        List<Generated> written = new ArrayList<>(Collections.nCopies(requests.size(), null));
        for (int place = 0; place < requests.size(); place++) {
            int at = place;
            engine.submit(requests.get(place), new GenerationListener() {
                @Override
                public void written(int sample, int id, ScoredToken score) {
                    tokens.written(at, id);
                }

                @Override
                public void completed(GenerationResult result) {
                    written.set(at, result.samples().getFirst());
                }

                @Override
                public void failed(ErrataException failure) {
                    throw failure;
                }
            });
        }
        while (engine.step()) {
            // The listeners take what is written.
        }
        return written;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void promptsAreUploadedOnceAndATokenCrossesOnceForAllRows(int rows) {
        int tokens = KeyValueCache.BLOCK_TOKENS;
        try (CountingBackend backend = new CountingBackend(Backends.choose("cpu", 1));
                Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(backend);
                GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(rows))) {
            assertThat(decoder.config().numHiddenLayers()).isGreaterThan(1);
            List<int[]> prompts =
                    RecordedModel.committed("llama3-gqa-tied").prompts().subList(0, rows);
            backend.forget();
            write(engine, requests(prompts, tokens, WARM, Set.of()), (place, id) -> {});
            List<String> expected = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                expected.addAll(STATE);
                expected.addAll(LISTS);
            }
            expected.addAll(PROMPTS);
            expected.addAll(ROWS);
            assertThat(backend.uploads()).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(backend.downloads())
                    .hasSize(tokens)
                    .allMatch(download -> download.bytes() == rows * (long) Integer.BYTES);
        }
    }

    /** Blocks of the cache are looked up anew when they are full, and rows when one of them has ended; nothing else is. */
    @Test
    void aTokenThatNeedsNoRoomUploadsNothing() {
        int tokens = 3 * KeyValueCache.BLOCK_TOKENS;
        try (CountingBackend backend = new CountingBackend(Backends.choose("cpu", 1));
                Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(backend);
                GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
            List<int[]> prompts =
                    RecordedModel.committed("llama3-gqa-tied").prompts().subList(0, 1);
            backend.forget();
            write(engine, requests(prompts, tokens, SamplerSettings.GREEDY, Set.of()), (place, id) -> {});
            List<String> uploads = backend.uploads();
            int beyondPrompts = uploads.size() - STATE.size() - LISTS.size() - PROMPTS.size();
            assertThat(beyondPrompts).isBetween(2 * ROWS.size(), 4 * ROWS.size());
            assertThat(backend.downloads()).hasSize(tokens);
        }
    }

    @Test
    void theHostLooksAStepLateWhereTheBackendRunsAheadAndAtOnceWhereItDoesnt() {
        for (boolean ahead : new boolean[] {false, true}) {
            Backend cpu = Backends.choose("cpu", 1);
            try (CountingBackend counting = new CountingBackend(ahead ? new Ahead(cpu) : cpu);
                    Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(counting);
                    GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(1))) {
                List<int[]> prompts =
                        RecordedModel.committed("llama3-gqa-tied").prompts().subList(0, 1);
                List<Long> stepsWhenTold = new ArrayList<>();
                counting.forget();
                write(
                        engine,
                        requests(prompts, 5, SamplerSettings.GREEDY, Set.of()),
                        (place, id) -> stepsWhenTold.add(samplings(counting.events())));
                if (ahead) {
                    assertThat(stepsWhenTold).containsExactly(2L, 3L, 4L, 5L, 5L);
                } else {
                    assertThat(stepsWhenTold).containsExactly(1L, 2L, 3L, 4L, 5L);
                }
            }
        }
    }

    private static long samplings(List<Event> events) {
        return events.stream()
                .filter(event -> event instanceof Ran(Op.SampleTokens sample) && sample.out() != null)
                .count();
    }

    /** Sequences end at an id, at a rule, at the length; what was written after an end is told to nobody. */
    @Test
    void lookingLateChangesNothing() {
        RecordedModel model = RecordedModel.committed("llama3-gqa-tied");
        try (Backend cpu = Backends.choose("cpu", 2);
                Decoder plain = model.load(cpu);
                Decoder late = model.load(new Ahead(cpu))) {
            List<int[]> prompts = model.prompts();
            List<Generated> free = Writing.all(plain, EngineLimits.of(8), requests(prompts, 12, WARM, Set.of()));
            Set<Integer> ends = Set.of(free.getFirst().ids()[4], free.getLast().ids()[0]);
            List<GenerationRequest> requests = new ArrayList<>(requests(prompts, 12, WARM, ends));
            requests.set(1, endingAfterThree(requests.get(1)));
            List<List<String>> told = new ArrayList<>();
            List<List<Generated>> written = new ArrayList<>();
            for (Decoder decoder : List.of(plain, late)) {
                try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(8))) {
                    List<String> all = new ArrayList<>();
                    written.add(write(engine, requests, (place, id) -> all.add(place + ":" + id)));
                    told.add(all);
                }
            }
            assertThat(written.get(0).get(1).ids()).hasSize(3);
            assertThat(written.get(0).stream().map(Generated::finish)).contains(Finish.STOP);
            for (int row = 0; row < prompts.size(); row++) {
                assertThat(written.get(1).get(row).ids())
                        .isEqualTo(written.get(0).get(row).ids());
                assertThat(written.get(1).get(row).finish())
                        .isEqualTo(written.get(0).get(row).finish());
            }
            assertThat(told.get(1)).isEqualTo(told.get(0));
        }
    }

    private static GenerationRequest endingAfterThree(GenerationRequest request) {
        StopConditions stop = new StopConditions(request.stop().ids(), () -> {
            int[] seen = {0};
            return id -> ++seen[0] == 3;
        });
        return new GenerationRequest(request.prompt(), request.sampler(), 12, stop, request.seed())
                .withForbidden(FORBIDDEN);
    }

    /** What a device can capture and replay: tensors by name, type and shape, and every scalar, are those of the step before. */
    @Test
    void theOperatorsOfADecodeStepAreTheSameFromStepToStep() {
        RecordedModel model = RecordedModel.committed("llama3-gqa-tied");
        int tokens = 12;
        try (CountingBackend counting = new CountingBackend(Backends.choose("cpu", 1));
                Decoder decoder = model.load(counting);
                GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(2))) {
            List<int[]> prompts = model.prompts().subList(0, 2);
            counting.forget();
            write(engine, requests(prompts, tokens, WARM, Set.of()), (place, id) -> {});
            List<List<String>> steps = new ArrayList<>();
            List<String> step = new ArrayList<>();
            for (Event event : counting.events()) {
                if (event instanceof Ran(Op op)) {
                    step.add(op.toString());
                    if (op instanceof Op.SampleTokens) {
                        steps.add(step);
                        step = new ArrayList<>();
                    }
                }
            }
            List<List<String>> decoded = steps.stream()
                    .filter(each -> each.getFirst().startsWith("LastTokens"))
                    .toList();
            assertThat(decoded).hasSizeGreaterThanOrEqualTo(tokens - 2);
            assertThat(decoded).allSatisfy(each -> assertThat(each).isEqualTo(decoded.getFirst()));
        }
    }
}

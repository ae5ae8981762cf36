package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
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
    private static final List<String> STATE = List.of(
            "history",
            "history lengths",
            "sampling settings",
            "random keys",
            "forbidden tokens",
            "parts of forbidden tokens");
    private static final List<String> PROMPTS = List.of("ids", "positions", "segments", "places", "last", "slots");
    private static final List<String> ROWS = List.of("slots", "segments");

    /** One that says of itself that it runs ahead, so that the host looks a step late. */
    private record Ahead(Backend inner) implements ForwardingBackend {
        @Override
        public boolean isAsynchronous() {
            return true;
        }
    }

    private static GenerationSettings settings(int count, SamplerSettings sampler, Set<Integer> ends) {
        return new GenerationSettings(count, sampler, List.of(), ends, new int[] {5, 7}, 42);
    }

    private static List<Generator.StopRule> never(int count) {
        return Collections.nCopies(count, (ids, length) -> false);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void promptsAreUploadedOnceAndATokenCrossesOnceForAllRows(int rows) {
        int tokens = KeyValueCache.BLOCK_TOKENS;
        try (CountingBackend backend = new CountingBackend(Backends.choose("cpu", 1));
                Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            assertThat(decoder.config().numHiddenLayers()).isGreaterThan(1);
            List<PromptTokens> prompts =
                    RecordedModel.committed("llama3-gqa-tied").prompts().subList(0, rows);
            backend.forget();
            new Generator(decoder).generate(prompts, settings(tokens, WARM, Set.of()), never(rows));
            List<String> expected = new ArrayList<>(STATE);
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
                Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            List<PromptTokens> prompts =
                    RecordedModel.committed("llama3-gqa-tied").prompts().subList(0, 1);
            backend.forget();
            new Generator(decoder).generate(prompts, settings(tokens, SamplerSettings.GREEDY, Set.of()), never(1));
            List<String> uploads = backend.uploads();
            int beyondPrompts = uploads.size() - STATE.size() - PROMPTS.size();
            assertThat(beyondPrompts).isBetween(2 * ROWS.size(), 4 * ROWS.size());
            assertThat(backend.downloads()).hasSize(tokens);
        }
    }

    @Test
    void theHostLooksAStepLateWhereTheBackendRunsAheadAndAtOnceWhereItDoesnt() {
        for (boolean ahead : new boolean[] {false, true}) {
            Backend cpu = Backends.choose("cpu", 1);
            try (CountingBackend counting = new CountingBackend(ahead ? new Ahead(cpu) : cpu);
                    Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(counting)) {
                List<PromptTokens> prompts =
                        RecordedModel.committed("llama3-gqa-tied").prompts().subList(0, 1);
                List<Long> stepsWhenTold = new ArrayList<>();
                counting.forget();
                new Generator(decoder)
                        .generate(
                                prompts,
                                settings(5, SamplerSettings.GREEDY, Set.of()),
                                never(1),
                                (prompt, id) -> stepsWhenTold.add(samplings(counting.events())));
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
            List<PromptTokens> prompts = model.prompts();
            List<Generated> free =
                    new Generator(plain).generate(prompts, settings(12, WARM, Set.of()), never(prompts.size()));
            Set<Integer> ends = Set.of(free.getFirst().ids()[4], free.getLast().ids()[0]);
            List<Generator.StopRule> rules = new ArrayList<>(never(prompts.size()));
            rules.set(1, (ids, count) -> count == 3);
            List<List<String>> told = new ArrayList<>();
            List<List<Generated>> written = new ArrayList<>();
            for (Decoder decoder : List.of(plain, late)) {
                List<String> all = new ArrayList<>();
                written.add(new Generator(decoder)
                        .generate(
                                prompts, settings(12, WARM, ends), rules, (prompt, id) -> all.add(prompt + ":" + id)));
                told.add(all);
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

    /** What a device can capture and replay: tensors by name, type and shape, and every scalar, are those of the step before. */
    @Test
    void theOperatorsOfADecodeStepAreTheSameFromStepToStep() {
        RecordedModel model = RecordedModel.committed("llama3-gqa-tied");
        int tokens = 12;
        try (CountingBackend counting = new CountingBackend(Backends.choose("cpu", 1));
                Decoder decoder = model.load(counting)) {
            List<PromptTokens> prompts = model.prompts().subList(0, 2);
            counting.forget();
            new Generator(decoder).generate(prompts, settings(tokens, WARM, Set.of()), never(2));
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

package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final Generator.StopRule NEVER = (ids, count) -> false;
    private static final SamplerSettings WARM = new SamplerSettings(0.9, 0, 0.95, 0, 1, 1.1, 3);

    private static Backend backend;
    private static Decoder decoder;
    private static List<PromptTokens> prompts;

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

    private static List<Generated> generate(
            List<PromptTokens> batch, int count, SamplerSettings sampler, Set<Integer> end, Generator.StopRule rule) {
        GenerationSettings settings = new GenerationSettings(count, sampler, List.of(), end, 42);
        return new Generator(decoder).generate(batch, settings, Collections.nCopies(batch.size(), rule));
    }

    @Test
    void aSampledSequenceIsTheSameAloneAndInAnyBatch() {
        List<Generated> batch = generate(prompts, 20, WARM, Set.of(), NEVER);
        for (int i = 0; i < prompts.size(); i++) {
            Generated alone =
                    generate(List.of(prompts.get(i)), 20, WARM, Set.of(), NEVER).getFirst();
            assertThat(alone.ids()).isEqualTo(batch.get(i).ids());
        }
        List<Generated> reversed = generate(prompts.reversed(), 20, WARM, Set.of(), NEVER);
        assertThat(reversed.getLast().ids()).isEqualTo(batch.getFirst().ids());
    }

    @Test
    void forbiddenTokensAreNotWrittenAndEachTokenIsTold() {
        List<Integer> told = new ArrayList<>();
        PromptTokens prompt = prompts.getFirst();
        int first = generate(List.of(prompt), 1, SamplerSettings.GREEDY, Set.of(), NEVER)
                .getFirst()
                .ids()[0];
        GenerationSettings settings =
                new GenerationSettings(8, SamplerSettings.GREEDY, List.of(), Set.of(), new int[] {first}, 42);
        int[] ids = new Generator(decoder)
                .generate(List.of(prompt), settings, List.of(NEVER), (row, id) -> told.add(id))
                .getFirst()
                .ids();
        assertThat(ids).hasSize(8).doesNotContain(first);
        assertThat(told).containsExactly(java.util.Arrays.stream(ids).boxed().toArray(Integer[]::new));
    }

    @Test
    void twoStreamsOfOnePromptDiffer() {
        int[] ids = prompts.getFirst().ids();
        List<PromptTokens> twice =
                List.of(new PromptTokens(ids, 1), new PromptTokens(ids, 2), new PromptTokens(ids, 1));
        List<Generated> written = generate(twice, 20, WARM, Set.of(), NEVER);
        assertThat(written.get(0).ids()).isNotEqualTo(written.get(1).ids());
        assertThat(written.get(0).ids()).isEqualTo(written.get(2).ids());
    }

    @Test
    void stopsAtARuleAndKeepsTheTokenThatMadeIt() {
        List<int[]> seen = new ArrayList<>();
        Generated stopped = generate(
                        List.of(prompts.getFirst()), 20, SamplerSettings.GREEDY, Set.of(), (ids, count) -> {
                            seen.add(ids);
                            return count == 3;
                        })
                .getFirst();
        assertThat(stopped.finish()).isEqualTo(Finish.STOP);
        assertThat(stopped.ids()).hasSize(3);
        assertThat(seen.getLast()).isEqualTo(stopped.ids());
    }

    @Test
    void stopsAtTheLengthAndAtOnceWhenItIsZero() {
        Generated long1 = generate(List.of(prompts.getFirst()), 1, SamplerSettings.GREEDY, Set.of(), NEVER)
                .getFirst();
        assertThat(long1.ids()).hasSize(1);
        assertThat(long1.finish()).isEqualTo(Finish.LENGTH);
        Generated nothing = generate(List.of(prompts.getFirst()), 0, SamplerSettings.GREEDY, Set.of(), NEVER)
                .getFirst();
        assertThat(nothing.ids()).isEmpty();
        assertThat(nothing.finish()).isEqualTo(Finish.LENGTH);
    }

    @Test
    void anEndTokenAtTheLastPlaceCountsAsAStop() {
        int[] free = generate(List.of(prompts.getFirst()), 4, SamplerSettings.GREEDY, Set.of(), NEVER)
                .getFirst()
                .ids();
        Generated ended = generate(List.of(prompts.getFirst()), 4, SamplerSettings.GREEDY, Set.of(free[3]), NEVER)
                .getFirst();
        assertThat(ended.finish()).isEqualTo(Finish.STOP);
        assertThat(ended.ids()).endsWith(free[3]);
    }

    @Test
    void promptsLongerThanOnePassAreReadWhole() {
        int[] ids = new int[1500];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (i * 7 + 3) % 384;
        }
        List<PromptTokens> two = List.of(new PromptTokens(ids, 0), new PromptTokens(ids, 1));
        List<Generated> written = generate(two, 3, SamplerSettings.GREEDY, Set.of(), NEVER);
        assertThat(written.get(0).ids()).isEqualTo(written.get(1).ids()).hasSize(3);
    }

    @Test
    void noPromptsGiveNoTexts() {
        assertThat(generate(List.of(), 5, WARM, Set.of(), NEVER)).isEmpty();
    }
}

package dev.errata.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** The device is the simulator, or with {@code -Derrata.device=cuda} a real one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSimulatedDeviceWritesTheTokensOfTheCpu(boolean bf16) {
        Precision precision = bf16 ? Precision.BF16 : Precision.F32;
        List<PromptTokens> two = prompts.subList(0, 2);
        GenerationSettings settings = new GenerationSettings(8, SamplerSettings.GREEDY, List.of(), Set.of(), 42);
        List<List<Generated>> written = new ArrayList<>();
        for (String device : List.of("cpu", System.getProperty("errata.device", "sim"))) {
            try (Backend backend = Backends.choose(device, 1);
                    Decoder decoder = RecordedModel.committed("llama3-gqa-tied").load(backend, precision)) {
                written.add(new Generator(decoder).generate(two, settings, Collections.nCopies(2, NEVER)));
            }
        }
        for (int i = 0; i < 2; i++) {
            assertThat(written.get(1).get(i).ids())
                    .isEqualTo(written.get(0).get(i).ids());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference", "sim"})
    void logitsThatAreNanAreOneErrorThatNamesThePromptAndTheToken(String device, @TempDir Path folder)
            throws IOException {
        Path model = withNanInTheEmbeddingOf(prompts.get(1).ids()[0], folder);
        try (Backend backend = Backends.choose(device, 1);
                Decoder broken = new RecordedModel(model).load(backend)) {
            for (SamplerSettings sampler : List.of(SamplerSettings.GREEDY, WARM)) {
                GenerationSettings settings = new GenerationSettings(2, sampler, List.of(), Set.of(), 42);
                Generator generator = new Generator(broken);
                assertThatThrownBy(() -> generator.generate(prompts.subList(0, 2), settings, List.of(NEVER, NEVER)))
                        .isInstanceOf(RunFailedException.class)
                        .hasMessageContaining("no token to choose")
                        .hasMessageContaining("prompt 1, new token 1");
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
    void noPromptsGiveNoTexts() {
        assertThat(generate(List.of(), 5, WARM, Set.of(), NEVER)).isEmpty();
    }
}

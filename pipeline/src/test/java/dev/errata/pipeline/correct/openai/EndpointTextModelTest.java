package dev.errata.pipeline.correct.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.correct.openai.FaultyEndpoint.Act;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.StopSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EndpointTextModelTest {
    private static final TextSampling SAMPLING = new TextSampling(SamplerSettings.of(0.7, 1), 100, List.of());

    @TempDir
    private Path cache;

    private List<List<Completion>> written(FaultyEndpoint server, int retries, Request... requests) {
        OpenAiConfig config = new OpenAiConfig(server.url(), "m", "A_KEY", 0.0, 100, 4, 0, 0, 5, retries);
        List<List<Completion>> all = new ArrayList<>();
        try (EndpointTextModel model = new EndpointTextModel(config, Map.of("A_KEY", "k"), cache, new StopSignal())) {
            model.complete(List.of(requests), SAMPLING, EngineLimits.of(1), (request, texts) -> {
                assertThat(request).isEqualTo(all.size());
                all.add(texts);
            });
        }
        return all;
    }

    @Test
    void samplesOfAPromptAreDifferentRequestsAndPaidForOnce() throws IOException {
        try (FaultyEndpoint server = new FaultyEndpoint()) {
            Request[] requests = {new Request("p1", 7, 3), new Request("p2", 7, 1)};
            List<List<Completion>> all = written(server, 2, requests);
            assertThat(all.get(0)).hasSize(3).containsOnly(new Completion("said about p1", "stop"));
            assertThat(all.get(1)).hasSize(1);
            assertThat(server.seen("p1"))
                    .hasSize(3)
                    .allMatch(each -> each.fields().contains("seed"));
            assertThat(written(server, 2, requests)).isEqualTo(all);
            assertThat(server.seen()).hasSize(4);
        }
    }

    @Test
    void whatIsCutOffOrRefusedSaysSo() throws IOException {
        try (FaultyEndpoint server = new FaultyEndpoint()) {
            server.script("cut", Act.CUT_OFF);
            server.script("bad", Act.REFUSAL);
            List<List<Completion>> all =
                    written(server, 0, new Request("p", 0, 1), new Request("cut", 0, 1), new Request("bad", 0, 1));
            assertThat(all.get(1).getFirst().finish()).isEqualTo("length");
            assertThat(all.get(2).getFirst().finish()).startsWith("refused");
        }
    }

    @Test
    void whatCouldNotBeHadEndsTheStageAndComesNextTime() throws IOException {
        try (FaultyEndpoint server = new FaultyEndpoint()) {
            server.script("broken", Act.BROKEN);
            Request[] requests = {new Request("p1", 0, 1), new Request("broken", 0, 1), new Request("p3", 0, 1)};
            assertThatThrownBy(() -> written(server, 0, requests)).isInstanceOf(RunFailedException.class);
            assertThat(written(server, 0, requests)).hasSize(3);
        }
    }
}

package dev.errata.pipeline.correct.openai;

import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.correct.CorrectionFilter;
import dev.errata.pipeline.correct.Corrector;
import dev.errata.pipeline.correct.WrongPath;
import dev.errata.pipeline.format.CorrectorPrompt;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.Correction;
import dev.errata.train.StopSignal;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Asks an OpenAI-compatible endpoint with the paper's correction prompt. Each answer is cached as it arrives, so that
 * nothing is paid for twice; the corrections come out in the order of the paths.
 */
public final class OpenAiCorrector implements Corrector {
    public static final String NAME = "openai";

    private final OpenAiConfig config;
    private final Endpoint endpoint;
    private final AnswerCache cache;
    private final CorrectionFilter filter;
    private final StopSignal stop;

    /**
     * @param key the value of the environment variable that the config names, or null
     * @throws dev.errata.tensor.BadInputException without a key
     */
    public OpenAiCorrector(OpenAiConfig config, String key, Path cache, CorrectionFilter filter, StopSignal stop) {
        this.config = config;
        this.endpoint = new Endpoint(config, Endpoint.keyFrom(config, key));
        this.cache = new AnswerCache(cache);
        this.filter = filter;
        this.stop = stop;
    }

    @Override
    public void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected) {
        List<WrongPath> left = wrong.subList(done, wrong.size());
        List<ChatRequest> requests =
                left.stream().map(each -> ChatRequest.of(config, prompt(each))).toList();
        Asking asking = new Asking(config, endpoint, cache, stop);
        asking.all(requests, (index, text) -> corrected.accept(filter.judge(NAME, left.get(index), text)));
    }

    private static String prompt(WrongPath wrong) {
        return CorrectorPrompt.of(
                wrong.problem().question(),
                Steps.of(wrong.path().text()),
                wrong.path().finalAnswer());
    }

    @Override
    public void close() {
        endpoint.close();
    }
}

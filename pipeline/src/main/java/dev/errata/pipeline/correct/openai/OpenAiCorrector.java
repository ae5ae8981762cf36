package dev.errata.pipeline.correct.openai;

import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.correct.Corrector;
import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.WrongPath;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
     * @param environment the variables of the process: the key under the name that the config has, and proxies
     * @throws dev.errata.tensor.BadInputException without a key
     */
    public OpenAiCorrector(
            OpenAiConfig config,
            Map<String, String> environment,
            Path cache,
            CorrectionFilter filter,
            StopSignal stop) {
        this.config = config;
        this.endpoint = new Endpoint(config, environment);
        this.cache = new AnswerCache(cache);
        this.filter = filter;
        this.stop = stop;
    }

    @Override
    public void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected) {
        List<WrongPath> left = wrong.subList(done, wrong.size());
        List<ChatRequest> requests = left.stream()
                .map(each -> ChatRequest.of(config, filter.prompt(each)))
                .toList();
        Asking asking = new Asking(config, endpoint, cache, stop);
        asking.all(requests, (index, reply) -> corrected.accept(judged(left.get(index), reply)));
    }

    private Correction judged(WrongPath wrong, Reply.Final reply) {
        return switch (reply) {
            case Reply.Answer answer -> filter.judge(NAME, wrong, answer.text());
            case Reply.CutOff cut ->
                CorrectionFilter.rejected(wrong.path(), NAME, cut.text(), Rejection.CUT_OFF_BY_ENDPOINT);
            case Reply.Refused refused ->
                CorrectionFilter.rejected(wrong.path(), NAME, refused.text(), refused.reason());
        };
    }

    /**
     * Looks at what the endpoint needs before hours of work lead up to it: the key's variable, and whether anyone answers
     * there.
     *
     * @param reach whether the endpoint is called; where answers are cached it may not be needed
     * @param notes gets what the user should know, as that a key can be read on its way
     * @throws dev.errata.tensor.BadInputException without a key
     * @throws dev.errata.tensor.RunFailedException if the endpoint can't be reached or refuses the key
     */
    public static void requireReady(
            OpenAiConfig config, Map<String, String> environment, boolean reach, Consumer<String> notes) {
        try (Endpoint endpoint = new Endpoint(config, environment)) {
            if (config.address().isExposed()) {
                notes.accept("note: the key in " + config.apiKeyEnv() + " goes to " + config.endpoint()
                        + " over plain http, where anyone on the way can read it; use https if it is worth anything");
            }
            if (reach) {
                endpoint.requireReachable();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }

    @Override
    public void close() {
        endpoint.close();
    }
}

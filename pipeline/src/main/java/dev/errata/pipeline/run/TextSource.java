package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LocalConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.correct.openai.EndpointTextModel;
import dev.errata.pipeline.correct.openai.OpenAiCorrector;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.train.Progress;
import java.nio.file.Files;
import java.util.function.Supplier;

/**
 * Who writes the texts of a stage that may ask others than the run's model.
 *
 * @param name what records call it
 * @param opening makes it ready
 */
record TextSource(String name, Supplier<TextModel> opening) {
    /** The run's own model. */
    private static final String MODEL = "model";

    /** The model of {@code correct.local}. */
    private static final String LOCAL = "local";

    /** The endpoint of {@code correct.openai}. */
    private static final String OPENAI = "openai";

    static TextSource of(String from, LoopRun run) {
        return switch (from) {
            case MODEL ->
                new TextSource(
                        run.config().model().getFileName().toString(),
                        () -> run.engine().open(run.base(run.config().sample().dtype())));
            case LOCAL -> {
                LocalConfig local = run.config().correct().local();
                ModelChoice choice = run.other(local.model(), null);
                yield new TextSource(
                        local.model().getFileName().toString(),
                        () -> run.engine().open(choice));
            }
            case OPENAI -> {
                OpenAiConfig openai = run.config().correct().openai();
                yield new TextSource(
                        openai.model(),
                        () -> new EndpointTextModel(
                                openai,
                                System.getenv(),
                                run.folder().cache(),
                                run.surroundings().stop()));
            }
            default -> throw new IllegalStateException("texts from " + from);
        };
    }

    /** Looks at what an endpoint needs before hours of work lead up to it. */
    static void lookAhead(String from, LoopConfig config, RunFolder folder, Progress progress) {
        if (from.equals(OPENAI)) {
            OpenAiCorrector.requireReady(
                    config.correct().openai(), System.getenv(), !Files.exists(folder.cache()), progress::say);
        }
    }

    TextModel open() {
        return opening.get();
    }
}

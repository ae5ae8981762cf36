package dev.errata.pipeline.cli.chat;

import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.text.ModelText;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.cli.model.DateOption;
import dev.errata.pipeline.cli.model.ModelOptions;
import dev.errata.pipeline.cli.model.SamplingOptions;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StopSignal;
import java.io.Console;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chat}: a conversation with a model, in its own chat template. */
@picocli.CommandLine.Command(
        name = "chat",
        description = {
            "Talk with a model. /help lists the commands; Ctrl-C stops an answer, Ctrl-D ends.",
            "With stdin not a terminal each line is a message, and is answered."
        },
        footer = {
            "",
            "Examples:",
            "  errata chat --model MODEL --system 'Answer in one sentence.' --temperature 0.7",
            "  printf '%s\\n' 'Hello' 'And again' | errata chat --model MODEL --greedy"
        })
public final class ChatCommand implements Command {
    @Mixin
    private ModelOptions options = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(names = "--system", paramLabel = "TEXT", description = "the system prompt (none)")
    private String system;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description = "at most so many an answer; 0: as many as the model's context has room for (0)")
    private int maxNewTokens;

    @Mixin
    private DateOption date = new DateOption();

    @Override
    public void run(Session session) {
        if (maxNewTokens < 0) {
            throw new BadInputException("value out of range", "--max-new-tokens", "give 0 or more");
        }
        ChatSettings settings = new ChatSettings(system, sampling.settings(), session.seedOr(0), maxNewTokens);
        ModelText text = ModelText.open(options.model(), List.of()).at(date.date());
        if (text.chat().isEmpty()) {
            throw new BadInputException(
                    "model has no chat template", options.model().toString(), "use generate, or a model with one");
        }
        endAtOnce(session.stop());
        try (OpenModel model = options.open(session);
                GenerationEngine engine = new GenerationEngine(
                        model.decoder(), model.keyValueRoom().within(EngineLimits.of(1)));
                MessageSource source = source()) {
            new ChatConversation(session, new Answerer(engine, text), source, settings).run();
        }
    }

    @SuppressWarnings("SystemConsoleNull") // null where stdin or stdout goes elsewhere
    private static MessageSource source() {
        Console console = System.console();
        return console != null && console.isTerminal()
                ? new TerminalMessages(ChatConversation.commandNames())
                : new PlainMessages(System.in);
    }

    /** Nothing has to be saved, and whoever waits for a line can't be woken: a signal ends the program then and there. */
    private static void endAtOnce(StopSignal stop) {
        Thread.ofVirtual().name("signal").start(() -> {
            try {
                stop.await();
                stop.finished();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}

package dev.errata.pipeline.cli.model;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationSettings;
import dev.errata.model.generate.Generator;
import dev.errata.model.generate.PromptTokens;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code generate}: continues prompts, greedily or sampled. */
@picocli.CommandLine.Command(
        name = "generate",
        description = "Continue prompts, given as ids, texts or messages.",
        footer = {"", "Example:", "  errata generate --model MODEL --input prompts.jsonl --temperature 0.7 --top-p 0.95"
        })
public final class GenerateCommand implements Command {
    @Mixin
    private ModelOptions options = new ModelOptions();

    @Option(names = "--max-new-tokens", paramLabel = "N", defaultValue = "256", description = "at most so many (256)")
    private int maxNewTokens;

    @Option(names = "--greedy", description = "the likeliest token each time")
    private boolean greedy;

    @Option(names = "--temperature", paramLabel = "T", defaultValue = "1", description = "divides the logits (1)")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", defaultValue = "0", description = "the k likeliest tokens alone")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "1", description = "the likeliest tokens that reach p")
    private double topP;

    @Option(names = "--min-p", paramLabel = "P", defaultValue = "0", description = "no token below p of the likeliest")
    private double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "above 1 makes tokens seen before less likely")
    private double repetitionPenalty;

    @Option(names = "--stop", paramLabel = "S", description = "a text that ends the answer; may be given again")
    private List<String> stop = new ArrayList<>();

    @Option(names = "--batch-size", paramLabel = "B", defaultValue = "16", description = "rows at a time (16)")
    private int batchSize;

    /** One output row. */
    record Row(int[] ids, String text, String finish) {}

    @Override
    public void run(Session session) {
        checkOptions();
        try (OpenModel model = options.open(session)) {
            TextOfModel text =
                    new TextOfModel(options.model, model.decoder().config().eosTokenIds());
            int vocabulary = model.decoder().config().vocabSize();
            List<int[]> prompts = JsonRows.readAll(options.input, row -> prompt(row, text, vocabulary));
            GenerationSettings settings = new GenerationSettings(
                    maxNewTokens,
                    sampler(),
                    stop,
                    new HashSet<>(model.decoder().config().eosTokenIds()),
                    session.seedOr(0));
            Generator generator = new Generator(model.decoder());
            try (Progress.Bar bar = session.progress().begin("generate", "rows", 0, prompts.size())) {
                for (int from = 0; from < prompts.size(); from += batchSize) {
                    int to = Math.min(prompts.size(), from + batchSize);
                    List<PromptTokens> batch = new ArrayList<>();
                    List<Generator.StopRule> rules = new ArrayList<>();
                    for (int row = from; row < to; row++) {
                        batch.add(new PromptTokens(prompts.get(row), Philox.stream("generate", row)));
                        rules.add(
                                stop.isEmpty()
                                        ? (ids, count) -> false
                                        : text.required().stopRule(stop));
                    }
                    for (Generated generated : generator.generate(batch, settings, rules)) {
                        session.row(new Row(
                                generated.ids(),
                                text.optional()
                                        .map(known -> known.text(generated.ids(), stop))
                                        .orElse(null),
                                generated.finish().recordName()));
                    }
                    bar.advance(to - from);
                }
            }
        }
    }

    private void checkOptions() {
        require(maxNewTokens >= 0, "--max-new-tokens", "give 0 or more");
        require(batchSize > 0, "--batch-size", "give 1 or more");
        require(temperature >= 0 && Double.isFinite(temperature), "--temperature", "give 0 or more");
        require(topK >= 0, "--top-k", "give 0 or more");
        require(topP > 0 && topP <= 1, "--top-p", "give a number above 0 and up to 1");
        require(minP >= 0 && minP <= 1, "--min-p", "give a number from 0 to 1");
        require(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "--repetition-penalty",
                "give a number above 0");
    }

    private static void require(boolean right, String option, String remedy) {
        if (!right) {
            throw new BadInputException("value out of range", option, remedy);
        }
    }

    private SamplerSettings sampler() {
        return new SamplerSettings(greedy ? 0 : temperature, topK, topP, minP, 1, repetitionPenalty, 0);
    }

    private static int[] prompt(JsonRow row, TextOfModel text, int vocabulary) {
        row.allow("ids", "prompt", "messages");
        int[] ids;
        if (row.has("ids")) {
            ids = row.wholes("ids");
        } else if (row.has("prompt")) {
            ids = text.required().prompt(row.text("prompt"), PromptStyle.PLAIN);
        } else {
            List<Map<String, Object>> messages = new ArrayList<>();
            for (JsonNode message : row.tree("messages")) {
                messages.add(Json.MAPPER.convertValue(message, new TypeReference<Map<String, Object>>() {}));
            }
            ids = text.required().chat(messages, true);
        }
        if (ids.length == 0) {
            throw row.wrong("the prompt has no token", "give at least one");
        }
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw row.wrong(
                        "ids holds " + id + ", which is not from 0 to " + (vocabulary - 1), "use the model's own ids");
            }
        }
        return ids;
    }
}

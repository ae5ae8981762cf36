package dev.errata.pipeline.cli.model;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** What {@code generate} goes on from: texts on the command line, or rows of a file or of stdin. */
final class Prompts {
    @Option(names = "--prompt", paramLabel = "TEXT", description = "a text to continue; may be given again")
    private List<String> texts = new ArrayList<>();

    @Option(
            names = "--input",
            paramLabel = "F.jsonl",
            description = "rows of prompt, messages or ids, and n or seed if wanted; .jsonl, .jsonl.gz, or - for stdin")
    private Path input;

    /**
     * One of them.
     *
     * @param style of the text that it was; null where ids were given
     * @param samples how many answers are wanted; null where it doesn't say
     * @param seed of its answers; null where it doesn't say
     */
    record Prompt(int[] ids, PromptStyle style, Integer samples, Long seed) {}

    /** Checks that there is one source of prompts. */
    void check() {
        if (texts.isEmpty() == (input == null)) {
            throw new BadInputException(
                    texts.isEmpty() ? "no prompt" : "prompts from two places",
                    "--prompt and --input",
                    "give one of the two");
        }
    }

    /** Whether somebody waits for one text rather than for rows: of prompts given by hand. */
    boolean isOneText(List<Prompt> prompts) {
        return prompts.size() == 1
                && prompts.getFirst().samples() == null
                && (input == null || JsonRows.isStdin(input));
    }

    /**
     * All of them, with their tokens.
     *
     * @throws BadInputException if one has none, or one that the model doesn't have
     */
    List<Prompt> read(TextOfModel text, int vocabulary) {
        if (input != null) {
            return JsonRows.readAll(input, row -> ofRow(row, text, vocabulary));
        }
        List<Prompt> prompts = new ArrayList<>();
        for (String each : texts) {
            int[] ids = text.required().prompt(each, PromptStyle.PLAIN);
            String fault = fault(ids, vocabulary);
            if (fault != null) {
                throw new BadInputException(fault, "--prompt", "give another text");
            }
            prompts.add(new Prompt(ids, PromptStyle.PLAIN, null, null));
        }
        return prompts;
    }

    private static Prompt ofRow(JsonRow row, TextOfModel text, int vocabulary) {
        row.allow("ids", "prompt", "messages", "n", "seed");
        int[] ids;
        PromptStyle style = row.has("prompt") ? PromptStyle.PLAIN : PromptStyle.CHAT;
        if (row.has("ids")) {
            ids = row.wholes("ids");
            style = null;
        } else if (row.has("prompt")) {
            ids = text.required().prompt(row.text("prompt"), PromptStyle.PLAIN);
        } else {
            List<Map<String, Object>> messages = new ArrayList<>();
            for (JsonNode message : row.tree("messages")) {
                messages.add(Json.MAPPER.convertValue(message, new TypeReference<Map<String, Object>>() {}));
            }
            ids = text.required().chat(messages, true);
        }
        String fault = fault(ids, vocabulary);
        if (fault != null) {
            throw row.wrong(fault, ids.length == 0 ? "give at least one" : "use the model's own ids");
        }
        Integer samples = row.has("n") ? Integer.valueOf(row.whole("n")) : null;
        if (samples != null && samples < 1) {
            throw row.wrong("n is " + samples, "give 1 or more");
        }
        return new Prompt(ids, style, samples, row.has("seed") ? Long.valueOf(row.longOr("seed", 0)) : null);
    }

    /** What is wrong with a prompt's tokens, or null. */
    private static String fault(int[] ids, int vocabulary) {
        if (ids.length == 0) {
            return "the prompt has no token";
        }
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                return "ids holds " + id + ", which is not from 0 to " + (vocabulary - 1);
            }
        }
        return null;
    }
}

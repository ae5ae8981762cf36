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
            description = "rows of prompt, messages or ids; .jsonl, .jsonl.gz, or - for stdin")
    private Path input;

    /** Checks that there is one source of prompts. */
    void check() {
        if (texts.isEmpty() == (input == null)) {
            throw new BadInputException(
                    texts.isEmpty() ? "no prompt" : "prompts from two places",
                    "--prompt and --input",
                    "give one of the two");
        }
    }

    /** Whether somebody waits for one text rather than for rows: of {@code count} prompts given by hand. */
    boolean isOneText(int count) {
        return count == 1 && (input == null || JsonRows.isStdin(input));
    }

    /**
     * The tokens of each.
     *
     * @throws BadInputException if one has none, or one that the model doesn't have
     */
    List<int[]> tokens(TextOfModel text, int vocabulary) {
        if (input != null) {
            return JsonRows.readAll(input, row -> ofRow(row, text, vocabulary));
        }
        List<int[]> prompts = new ArrayList<>();
        for (String each : texts) {
            int[] ids = text.required().prompt(each, PromptStyle.PLAIN);
            String fault = fault(ids, vocabulary);
            if (fault != null) {
                throw new BadInputException(fault, "--prompt", "give another text");
            }
            prompts.add(ids);
        }
        return prompts;
    }

    private static int[] ofRow(JsonRow row, TextOfModel text, int vocabulary) {
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
        String fault = fault(ids, vocabulary);
        if (fault != null) {
            throw row.wrong(fault, ids.length == 0 ? "give at least one" : "use the model's own ids");
        }
        return ids;
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

package dev.errata.pipeline.cli.text;

import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code tokenize}: text to ids, or with {@code --decode} ids to text, a row each. */
@picocli.CommandLine.Command(
        name = "tokenize",
        description = "Turn texts into token ids, or ids into texts.",
        footer = {
            "",
            "Examples:",
            "  errata tokenize --model configs/demo/errata-2m --input texts.jsonl",
            "  errata tokenize --model model.gguf --decode --skip-special-tokens --input ids.jsonl"
        })
public final class TokenizeCommand implements Command {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "a folder or .gguf with a tokenizer")
    private Path model;

    @Option(
            names = "--input",
            required = true,
            paramLabel = "F.jsonl",
            description = "rows of text, or of ids with --decode")
    private Path input;

    @Option(names = "--decode", description = "ids to text")
    private boolean decode;

    @Option(names = "--add-special-tokens", description = "put the tokenizer's start and end tokens around each text")
    private boolean addSpecialTokens;

    @Option(names = "--skip-special-tokens", description = "with --decode: leave special tokens out")
    private boolean skipSpecialTokens;

    @Override
    public void run(Session session) {
        if (decode && addSpecialTokens) {
            throw new BadInputException("an option for encoding only", "--add-special-tokens", "leave out --decode");
        }
        if (skipSpecialTokens && !decode) {
            throw new BadInputException("an option for decoding only", "--skip-special-tokens", "add --decode");
        }
        Tokenizer tokenizer = ModelTokenizer.load(model);
        JsonRows.forEach(input, row -> session.row(decode ? decoded(tokenizer, row) : encoded(tokenizer, row)));
    }

    private Map<String, int[]> encoded(Tokenizer tokenizer, JsonRow row) {
        return Map.of("ids", tokenizer.encode(row.allow("text").text("text"), addSpecialTokens));
    }

    private Map<String, String> decoded(Tokenizer tokenizer, JsonRow row) {
        int[] ids = row.allow("ids").wholes("ids");
        for (int id : ids) {
            if (id < 0 || id >= tokenizer.vocabSize()) {
                throw row.wrong("id " + id + " is no token", "use ids from 0 to " + (tokenizer.vocabSize() - 1));
            }
        }
        return Map.of("text", tokenizer.decode(ids, skipSpecialTokens));
    }
}

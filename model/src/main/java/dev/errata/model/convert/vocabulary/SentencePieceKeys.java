package dev.errata.model.convert.vocabulary;

import dev.errata.model.tokenizer.JsonPart;
import dev.errata.model.tokenizer.Piece;
import dev.errata.model.tokenizer.PieceKind;
import dev.errata.model.tokenizer.SentencePieceFile;
import dev.errata.model.tokenizer.Vocabulary;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** A SentencePiece model as the keys of a GGUF file; tokens that other files of the folder add come with it. */
final class SentencePieceKeys {
    private SentencePieceKeys() {}

    static TokenTable addTo(Map<String, Object> keys, Path folder, int size, Consumer<String> notes) {
        Path file = folder.resolve("tokenizer.model");
        SentencePieceFile model = SentencePieceFile.read(file);
        if (model.isUnigram()) {
            throw new BadInputException(
                    "llama.cpp has no Unigram tokenizer for this architecture",
                    file.toString(),
                    "convert with a tokenizer that llama.cpp has");
        }
        TokenTable table = new TokenTable(size, file.toString());
        for (int id = 0; id < model.pieces().size(); id++) {
            Piece piece = model.pieces().get(id);
            boolean own = piece.kind() == PieceKind.USER_DEFINED;
            table.set(id, own ? new Piece(piece.text().replace('\u2581', ' '), piece.score(), piece.kind()) : piece);
        }
        addTokens(table, folder);
        if (model.removesExtraWhitespaces()) {
            notes.accept("llama.cpp keeps runs of spaces that this tokenizer joins");
        }
        keys.put("tokenizer.ggml.model", "llama");
        keys.put("tokenizer.ggml.pre", "default");
        table.addTo(keys, true);
        keys.put("tokenizer.ggml.add_space_prefix", model.addsDummyPrefix());
        return table;
    }

    private static void addTokens(TokenTable table, Path folder) {
        Path added = folder.resolve("added_tokens.json");
        if (Files.isRegularFile(added)) {
            JsonPart.read(added)
                    .forEachField((content, id) -> table.add(id.integer(Vocabulary.MAX_ID), content, false));
        }
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)
                && !JsonPart.read(json).get("added_tokens").isNull()) {
            for (JsonPart token : JsonPart.read(json).get("added_tokens").elements()) {
                table.add(
                        token.get("id").integer(Vocabulary.MAX_ID),
                        token.get("content").text(),
                        token.get("special").flag(false));
            }
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (Files.isRegularFile(config)) {
            JsonPart decoder = JsonPart.read(config).get("added_tokens_decoder");
            if (decoder.isObject()) {
                decoder.forEachField((id, token) -> table.add(
                        number(id, decoder),
                        token.get("content").text(),
                        token.get("special").flag(false)));
            }
        }
    }

    private static int number(String id, JsonPart decoder) {
        try {
            return Integer.parseUnsignedInt(id);
        } catch (NumberFormatException e) {
            throw decoder.wrong("key " + id + " is no token's id");
        }
    }
}

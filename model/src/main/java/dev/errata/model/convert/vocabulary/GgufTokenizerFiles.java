package dev.errata.model.convert.vocabulary;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.json.JsonText;
import dev.errata.model.tokenizer.GgufVocabulary;
import dev.errata.model.tokenizer.Piece;
import dev.errata.model.tokenizer.PieceKind;
import dev.errata.model.tokenizer.TemplateTexts;
import dev.errata.model.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * The tokenizer inside a GGUF file as the files of a model folder: tokenizer.json for a gpt2 vocabulary, tokenizer.model for
 * a llama one, and tokenizer_config.json with the special tokens and the chat template.
 */
public final class GgufTokenizerFiles {
    private static final ObjectMapper MAPPER = JsonText.FOREIGN;

    private final GgufVocabulary vocabulary;
    private final Map<String, Object> keys;
    private final String where;
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    private GgufTokenizerFiles(Map<String, Object> keys, String where) {
        this.keys = keys;
        this.where = where;
        this.vocabulary = new GgufVocabulary(keys, where);
    }

    /**
     * @param keys the file's
     * @param where the file's name, for messages
     * @param notes is told what has no place in the folder
     * @return files by name; none where the file has no tokenizer
     * @throws dev.errata.tensor.BadInputException when keys are missing or wrong, or the kind of vocabulary isn't supported
     */
    public static Map<String, byte[]> of(Map<String, Object> keys, String where, Consumer<String> notes) {
        GgufTokenizerFiles made = new GgufTokenizerFiles(keys, where);
        if (!Tokenizer.isInGguf(keys)) {
            notes.accept("file has no tokenizer, so the folder gets none either");
            return Map.of();
        }
        made.add();
        return made.files;
    }

    private void add() {
        Tokenizer tokenizer = vocabulary.tokenizer();
        boolean byteLevel = "gpt2".equals(keys.get("tokenizer.ggml.model"));
        List<Piece> pieces = vocabulary.pieces(!byteLevel);
        if (byteLevel) {
            ObjectNode json = TokenizerJsonText.of(
                    pieces, vocabulary.merges(), vocabulary.splitName(), vocabulary.split(), tokenizer.specialIds());
            files.put("tokenizer.json", bytes(json));
        } else {
            files.put(
                    "tokenizer.model",
                    SentencePieceText.of(
                            withEscapedSpaces(pieces), vocabulary.addsSpacePrefix(), tokenizer.specialIds()));
        }
        files.put("tokenizer_config.json", bytes(config(pieces, tokenizer.specialIds(), byteLevel)));
    }

    /** SentencePiece keeps spaces of its pieces as U+2581. */
    private static List<Piece> withEscapedSpaces(List<Piece> pieces) {
        return pieces.stream()
                .map(piece -> new Piece(piece.text().replace(' ', '\u2581'), piece.score(), piece.kind()))
                .toList();
    }

    private ObjectNode config(List<Piece> pieces, Tokenizer.SpecialIds ids, boolean byteLevel) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("add_bos_token", !ids.front().isEmpty());
        json.put("add_eos_token", !ids.back().isEmpty());
        ObjectNode added = json.putObject("added_tokens_decoder");
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            boolean special = piece.kind() == PieceKind.CONTROL || piece.kind() == PieceKind.UNKNOWN;
            if (special || piece.kind() == PieceKind.USER_DEFINED) {
                ObjectNode token = TokenizerJsonText.added(id, piece.text(), special);
                token.remove("id");
                added.set(Integer.toString(id), token);
            }
        }
        addToken(json, "bos_token", pieces, ids.bos());
        json.put("clean_up_tokenization_spaces", false);
        addToken(json, "eos_token", pieces, ids.eos());
        if (!byteLevel) {
            json.put("legacy", true);
        }
        addChatTemplates(json);
        addToken(json, "pad_token", pieces, vocabulary.id("padding_token_id", pieces.size()));
        json.put("tokenizer_class", byteLevel ? "PreTrainedTokenizerFast" : "LlamaTokenizer");
        addToken(json, "unk_token", pieces, vocabulary.id("unknown_token_id", pieces.size()));
        return json;
    }

    /** One alone is a text, several are a list of named ones. */
    private void addChatTemplates(ObjectNode json) {
        TemplateTexts templates = TemplateTexts.ofGguf(keys, where);
        if (templates.names().equals(List.of(TemplateTexts.DEFAULT))) {
            json.put(
                    "chat_template",
                    templates.byName().get(TemplateTexts.DEFAULT).source());
        } else if (!templates.isEmpty()) {
            ArrayNode list = json.putArray("chat_template");
            templates
                    .byName()
                    .forEach((name, text) -> list.addObject().put("name", name).put("template", text.source()));
        }
    }

    private static void addToken(ObjectNode json, String name, List<Piece> pieces, OptionalInt id) {
        if (id.isPresent()) {
            json.put(name, pieces.get(id.getAsInt()).text());
        }
    }

    private static byte[] bytes(ObjectNode json) {
        try {
            return MAPPER.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tokenizer's file", e);
        }
    }
}

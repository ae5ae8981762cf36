package dev.errata.model.convert.vocabulary;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.tokenizer.GgufSplit;
import dev.errata.model.tokenizer.Piece;
import dev.errata.model.tokenizer.PieceKind;
import dev.errata.model.tokenizer.TextPattern;
import dev.errata.model.tokenizer.Tokenizer;
import java.util.List;

/** Makes a tokenizer.json, as the tokenizers library writes it, of a byte-level vocabulary in a GGUF file. */
final class TokenizerJsonText {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private TokenizerJsonText() {}

    /**
     * @param pieces by id; unused ones are left out
     * @param merges {@code left right}, in the order of their ranks
     * @param pre the name under which llama.cpp knows the split
     */
    static ObjectNode of(List<Piece> pieces, String[] merges, String pre, GgufSplit split, Tokenizer.SpecialIds ids) {
        ObjectNode json = NODES.objectNode();
        json.put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode vocabulary = NODES.objectNode();
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            switch (piece.kind()) {
                case CONTROL, UNKNOWN, USER_DEFINED -> {
                    added.add(added(id, piece.text(), piece.kind() != PieceKind.USER_DEFINED));
                    vocabulary.put(piece.text(), id); // else the library numbers added tokens anew
                }
                case NORMAL, BYTE -> vocabulary.put(piece.text(), id);
                case UNUSED -> {} // fills the embedding up
            }
        }
        json.set("normalizer", pre.equals("qwen2") ? NODES.objectNode().put("type", "NFC") : null);
        json.set("pre_tokenizer", preTokenizer(split));
        json.set("post_processor", postProcessor(pieces, ids));
        json.set("decoder", byteLevel(true));
        json.set("model", model(vocabulary, merges, split.ignoresMerges()));
        return json;
    }

    static ObjectNode added(int id, String content, boolean special) {
        return NODES.objectNode()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", special);
    }

    private static ObjectNode preTokenizer(GgufSplit split) {
        ObjectNode sequence = NODES.objectNode().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        for (TextPattern pattern : split.patterns()) {
            ObjectNode step = steps.addObject().put("type", "Split");
            step.putObject("pattern").put("Regex", pattern.regex());
            step.put("behavior", "Isolated").put("invert", false);
        }
        steps.add(byteLevel(false).put("add_prefix_space", false));
        return sequence;
    }

    private static ObjectNode byteLevel(boolean byWords) {
        return NODES.objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", byWords);
    }

    private static ObjectNode postProcessor(List<Piece> pieces, Tokenizer.SpecialIds ids) {
        if (ids.front().isEmpty() && ids.back().isEmpty()) {
            return byteLevel(true).put("trim_offsets", false);
        }
        ObjectNode template = NODES.objectNode().put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        ArrayNode pair = template.putArray("pair");
        addPart(single, pieces, ids, "A", 0);
        addPart(pair, pieces, ids, "A", 0);
        addPart(pair, pieces, ids, "B", 1);
        ObjectNode special = template.putObject("special_tokens");
        for (List<Integer> side : List.of(ids.front(), ids.back())) {
            for (int id : side) {
                String text = pieces.get(id).text();
                ObjectNode token = special.putObject(text).put("id", text);
                token.putArray("ids").add(id);
                token.putArray("tokens").add(text);
            }
        }
        return template;
    }

    private static void addPart(
            ArrayNode parts, List<Piece> pieces, Tokenizer.SpecialIds ids, String sequence, int type) {
        for (int id : ids.front()) {
            addToken(parts, pieces.get(id).text(), type);
        }
        parts.addObject().putObject("Sequence").put("id", sequence).put("type_id", type);
        for (int id : ids.back()) {
            addToken(parts, pieces.get(id).text(), type);
        }
    }

    private static void addToken(ArrayNode parts, String text, int type) {
        parts.addObject().putObject("SpecialToken").put("id", text).put("type_id", type);
    }

    private static ObjectNode model(ObjectNode vocabulary, String[] merges, boolean ignoresMerges) {
        ObjectNode model = NODES.objectNode().put("type", "BPE");
        model.putNull("dropout");
        model.putNull("unk_token");
        model.putNull("continuing_subword_prefix");
        model.putNull("end_of_word_suffix");
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", ignoresMerges);
        model.set("vocab", vocabulary);
        ArrayNode pairs = model.putArray("merges");
        for (String merge : merges) {
            int space = merge.indexOf(' ', 1);
            pairs.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
        }
        return model;
    }
}

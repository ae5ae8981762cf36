package dev.errata.model.convert.vocabulary;

import dev.errata.model.tokenizer.Piece;
import dev.errata.model.tokenizer.PieceKind;
import dev.errata.tensor.BadInputException;
import java.util.Arrays;
import java.util.Map;

/** The tokens of a GGUF file in the making, by id: text, score, kind. Ids without a token get a name that nobody writes. */
final class TokenTable {
    /** As llama.cpp's converter scores tokens that no merge leads to. */
    static final float ADDED_SCORE = -1000;

    private static final float PAD_SCORE = -10000;

    private final String where;
    private final String[] texts;
    private final float[] scores;
    private final int[] kinds;

    /**
     * @param size rows of the model's embedding
     */
    TokenTable(int size, String where) {
        this.where = where;
        texts = new String[size];
        scores = new float[size];
        kinds = new int[size];
        for (int id = 0; id < size; id++) {
            texts[id] = "[PAD" + id + "]";
            scores[id] = PAD_SCORE;
            kinds[id] = PieceKind.UNUSED.number();
        }
    }

    /**
     * @throws BadInputException if the model has no row for the token
     */
    void set(int id, Piece piece) {
        if (id >= texts.length) {
            throw new BadInputException(
                    "token " + id + " is beyond the " + texts.length + " rows of the model's embedding",
                    where,
                    "put the tokenizer of this model beside it");
        }
        texts[id] = piece.text();
        scores[id] = piece.score();
        kinds[id] = piece.kind().number();
    }

    /** A token that is found in a text as it is written; a special one, or one that looks so, is a control token. */
    void add(int id, String content, boolean special) {
        boolean control = special || looksSpecial(content);
        if (id < kinds.length && isControl(id) && texts[id].equals(content)) {
            return;
        }
        set(
                id,
                control
                        ? new Piece(content, ADDED_SCORE, PieceKind.CONTROL)
                        : new Piece(content.replace('\u2581', ' '), ADDED_SCORE, PieceKind.USER_DEFINED));
    }

    private boolean isControl(int id) {
        return kinds[id] == PieceKind.CONTROL.number() || kinds[id] == PieceKind.UNKNOWN.number();
    }

    /** As llama.cpp's converter has it: {@code <|im_end|>} is a control token whatever its file says. */
    private static boolean looksSpecial(String content) {
        return (content.startsWith("<|") && content.endsWith("|>")) || content.equals("<pad>");
    }

    /** The id of the unknown token, or -1. */
    int unknown() {
        for (int id = 0; id < kinds.length; id++) {
            if (kinds[id] == PieceKind.UNKNOWN.number()) {
                return id;
            }
        }
        return -1;
    }

    /** The id of a token by its text, or -1. */
    int idOf(String text) {
        return Arrays.asList(texts).indexOf(text);
    }

    void addTo(Map<String, Object> keys, boolean withScores) {
        keys.put("tokenizer.ggml.tokens", texts);
        if (withScores) {
            keys.put("tokenizer.ggml.scores", scores);
        }
        keys.put("tokenizer.ggml.token_type", kinds);
    }
}

package dev.errata.model.tokenizer;

import java.util.List;

/** Reads the Unigram model of a tokenizer.json: {@code vocab} is a list of tokens with their scores, by id. */
final class UnigramJson {
    private UnigramJson() {}

    static Vocabulary vocabulary(JsonPart vocab) {
        List<JsonPart> entries = vocab.elements();
        if (entries.size() > Vocabulary.MAX_ID) {
            throw vocab.wrong("more than " + Vocabulary.MAX_ID + " tokens");
        }
        String[] tokens = new String[entries.size()];
        for (int id = 0; id < tokens.length; id++) {
            tokens[id] = pair(entries.get(id)).getFirst().text();
        }
        return new Vocabulary(tokens);
    }

    static TokenModel model(JsonPart model, Vocabulary vocabulary) {
        List<JsonPart> entries = model.get("vocab").elements();
        double[] scores = new double[entries.size()];
        for (int id = 0; id < scores.length; id++) {
            JsonPart score = pair(entries.get(id)).getLast();
            scores[id] = score.node().doubleValue();
            if (!score.node().isNumber() || !Double.isFinite(scores[id])) {
                throw score.wrong("not a number");
            }
        }
        JsonPart unknown = model.get("unk_id");
        int unknownId = unknown.isNull() ? -1 : unknown.integer(vocabulary.size() - 1);
        return Unigram.ofTokenizers(
                vocabulary,
                scores,
                unknownId,
                TokenizerJson.byteTokens(model.get("byte_fallback"), vocabulary),
                model.file());
    }

    private static List<JsonPart> pair(JsonPart entry) {
        List<JsonPart> pair = entry.elements();
        if (pair.size() != 2) {
            throw entry.wrong("not a token and its score");
        }
        return pair;
    }
}

package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tokens that the files beside a tokenizer add to it: {@code added_tokens_decoder} in tokenizer_config.json, or where that
 * isn't there added_tokens.json, as older libraries wrote it.
 */
final class ConfiguredTokens {
    private static final int MAX_ADDED_TOKENS = 1 << 20;

    private ConfiguredTokens() {}

    /** By id. {@code settings} is tokenizer_config.json, or null where there is none. */
    static List<AddedToken> read(Path folder, JsonPart settings) {
        List<AddedToken> tokens = new ArrayList<>();
        Path older = folder.resolve("added_tokens.json");
        if (settings != null && settings.get("added_tokens_decoder").isObject()) {
            settings.get("added_tokens_decoder")
                    .forEachField((id, token) -> tokens.add(token(number(id, token), token)));
        } else if (Files.isRegularFile(older)) {
            JsonPart.read(older)
                    .forEachField((content, id) ->
                            tokens.add(AddedToken.plain(id.integer(Vocabulary.MAX_ID), content, false)));
        }
        tokens.sort(Comparator.comparingInt(AddedToken::id));
        return tokens;
    }

    private static int number(String id, JsonPart place) {
        if (id.isEmpty() || id.length() > 8 || !id.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw place.wrong("id of an added token isn't a number");
        }
        return Integer.parseInt(id);
    }

    private static AddedToken token(int id, JsonPart token) {
        return new AddedToken(
                id,
                token.get("content").text(),
                token.get("special").flag(false),
                token.get("single_word").flag(false),
                token.get("lstrip").flag(false),
                token.get("rstrip").flag(false),
                token.get("normalized").flag(false));
    }

    /**
     * The tokenizer's own added tokens, and those of the files that it doesn't have.
     *
     * @throws BadInputException when one is to have an id that belongs to another token
     */
    static List<AddedToken> merged(
            List<AddedToken> own, List<AddedToken> configured, Vocabulary vocabulary, String where) {
        Map<Integer, String> taken = new HashMap<>();
        Set<String> known = new HashSet<>();
        for (AddedToken token : own) {
            taken.put(token.id(), token.content());
            known.add(token.content());
        }
        List<AddedToken> all = new ArrayList<>(own);
        for (AddedToken token : configured) {
            String holder = taken.getOrDefault(token.id(), vocabulary.token(token.id()));
            int elsewhere = vocabulary.idOf(token.content());
            boolean clashes = (holder != null && !holder.equals(token.content()))
                    || (elsewhere >= 0 && elsewhere != token.id())
                    || token.id() > vocabulary.size() + MAX_ADDED_TOKENS;
            if (clashes && !known.contains(token.content())) {
                throw new BadInputException(
                        "added token with id " + token.id() + " doesn't fit the vocabulary",
                        where,
                        "get the tokenizer's files again, all from one place");
            }
            if (known.add(token.content())) {
                all.add(token);
                taken.put(token.id(), token.content());
            }
        }
        return all;
    }
}

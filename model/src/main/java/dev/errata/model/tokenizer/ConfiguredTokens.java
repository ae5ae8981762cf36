package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokens that the files beside a tokenizer add to it: {@code added_tokens_decoder} in tokenizer_config.json, or where that
 * isn't there added_tokens.json, as older libraries wrote it; and the special tokens that are named without an id.
 */
final class ConfiguredTokens {
    private static final int MAX_ADDED_TOKENS = 1 << 20;

    private ConfiguredTokens() {}

    /** Those with an id first, by id, then those that are named alone. {@code settings} is tokenizer_config.json, or null. */
    static List<AddedToken> read(Path folder, JsonPart settings, NamedTokens named) {
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
        tokens.addAll(named.all());
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
     * The tokenizer's own added tokens, and those of the files that it doesn't have. One that the files call special is
     * special. One without an id has that of the vocabulary, else the next one that is free.
     *
     * @throws BadInputException when one is to have an id that belongs to another token
     */
    static List<AddedToken> merged(
            List<AddedToken> own, List<AddedToken> configured, Vocabulary vocabulary, String where) {
        Map<Integer, String> taken = new HashMap<>();
        Map<String, AddedToken> all = new LinkedHashMap<>();
        int free = vocabulary.size();
        for (AddedToken token : own) {
            taken.put(token.id(), token.content());
            all.put(token.content(), token);
            free = Math.max(free, token.id() + 1);
        }
        for (AddedToken token : configured) {
            AddedToken known = all.get(token.content());
            boolean hasId = token.id() != NamedTokens.WITHOUT_ID;
            if (known != null) {
                if (hasId && token.special() && !known.special()) {
                    all.put(token.content(), token.withId(known.id()));
                }
                continue;
            }
            int inVocabulary = vocabulary.idOf(token.content());
            AddedToken placed = hasId ? token : token.withId(inVocabulary >= 0 ? inVocabulary : free);
            String holder = taken.getOrDefault(placed.id(), vocabulary.token(placed.id()));
            if ((holder != null && !holder.equals(placed.content()))
                    || (inVocabulary >= 0 && inVocabulary != placed.id())
                    || placed.id() > vocabulary.size() + MAX_ADDED_TOKENS) {
                throw new BadInputException(
                        "added token with id " + placed.id() + " doesn't fit the vocabulary",
                        where,
                        "get the tokenizer's files again, all from one place");
            }
            all.put(placed.content(), placed);
            taken.put(placed.id(), placed.content());
            free = Math.max(free, placed.id() + 1);
        }
        return List.copyOf(all.values());
    }
}

package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;

/** Reads Hugging Face's tokenizer.json with a BPE or a Unigram model. A part that isn't supported is an error, never left out. */
public final class TokenizerJson {
    private static final int MAX_ADDED_TOKENS = 1 << 20;
    /** Ids that no token has; memory is taken for them, so there is a bound to them. */
    private static final int MAX_GAPS = 100_000;

    private TokenizerJson() {}

    /**
     * Reads the tokenizer.
     *
     * @param names the start and the end token's texts, where another file names them
     * @param configured the tokens that the files beside this one add
     */
    static Tokenizer read(JsonPart root, NamedTokens names, List<AddedToken> configured) {
        if (!root.get("model").isObject()) {
            throw root.wrong("no model in it");
        }
        String kind = kind(root.get("model"));
        boolean isUnigram = kind.equals("Unigram");
        JsonPart entries = root.get("model").get("vocab");
        Vocabulary vocabulary = isUnigram ? UnigramJson.vocabulary(entries) : vocabulary(entries);
        List<AddedToken> added = ConfiguredTokens.merged(
                addedTokens(root.get("added_tokens"), vocabulary), configured, vocabulary, root.file());
        Tokenizer.Pipeline pipeline = new Tokenizer.Pipeline(
                NormalizerJson.read(root.get("normalizer")),
                PreTokenizerJson.read(root.get("pre_tokenizer")),
                isUnigram ? UnigramJson.model(root.get("model"), vocabulary) : bytePairs(root.get("model"), vocabulary),
                TextDecoderJson.read(root.get("decoder")));
        SurroundingTokens around = SurroundingTokens.read(root.get("post_processor"));
        OptionalInt bos = names.bos() != null
                ? idOf(names.bos(), added, vocabulary)
                : around.front().stream().mapToInt(Integer::intValue).findFirst();
        OptionalInt eos = names.eos() != null
                ? idOf(names.eos(), added, vocabulary)
                : around.back().stream().mapToInt(Integer::intValue).findFirst();
        Tokenizer.SpecialIds ids = new Tokenizer.SpecialIds(bos, eos, around.front(), around.back());
        return new Tokenizer(vocabulary, added, pipeline, ids, root.file());
    }

    private static OptionalInt idOf(String token, List<AddedToken> added, Vocabulary vocabulary) {
        for (AddedToken each : added) {
            if (each.content().equals(token)) {
                return OptionalInt.of(each.id());
            }
        }
        int id = vocabulary.idOf(token);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private static Vocabulary vocabulary(JsonPart vocab) {
        List<String> tokens = new ArrayList<>();
        int highest = Math.min(Vocabulary.MAX_ID, vocab.node().size() + MAX_GAPS);
        vocab.forEachField((token, value) -> {
            int id = value.integer(highest);
            while (tokens.size() <= id) {
                tokens.add(null);
            }
            if (tokens.set(id, token) != null) {
                throw value.wrong("id " + id + " is given to two tokens");
            }
        });
        return new Vocabulary(tokens.toArray(new String[0]));
    }

    private static List<AddedToken> addedTokens(JsonPart list, Vocabulary vocabulary) {
        if (list.isNull()) {
            return List.of();
        }
        List<AddedToken> tokens = new ArrayList<>();
        for (JsonPart entry : list.elements()) {
            String content = entry.get("content").text();
            int id = entry.get("id").integer(vocabulary.size() + MAX_ADDED_TOKENS);
            int known = vocabulary.idOf(content);
            if (known >= 0 && known != id) {
                throw entry.wrong("added token with another id than in the vocabulary");
            }
            boolean special = entry.get("special").flag(false);
            tokens.add(new AddedToken(
                    id,
                    content,
                    special,
                    entry.get("single_word").flag(false),
                    entry.get("lstrip").flag(false),
                    entry.get("rstrip").flag(false),
                    entry.get("normalized").flag(!special)));
        }
        return tokens;
    }

    /**
     * BPE or Unigram. Older files don't tell, and are known by what they hold.
     *
     * @throws dev.errata.tensor.BadInputException for another kind; it names the kind
     */
    private static String kind(JsonPart model) {
        JsonPart type = model.get("type");
        String kind = !type.isNull()
                ? type.text()
                : !model.get("merges").isNull() ? "BPE" : model.get("vocab").isArray() ? "Unigram" : "without a type";
        if (!kind.equals("BPE") && !kind.equals("Unigram")) {
            throw model.unsupported("model " + kind);
        }
        return kind;
    }

    private static TokenModel bytePairs(JsonPart model, Vocabulary vocabulary) {
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.get(affix).isNull() && !model.get(affix).text().isEmpty()) {
                throw model.get(affix).unsupported(affix);
            }
        }
        JsonPart dropout = model.get("dropout");
        if (!dropout.isNull() && dropout.node().asDouble(1) != 0) {
            throw dropout.unsupported("dropout");
        }
        int unknownId = -1;
        if (!model.get("unk_token").isNull()) {
            unknownId = vocabulary.idOf(model.get("unk_token").text());
            if (unknownId < 0) {
                throw model.get("unk_token").wrong("token isn't in the vocabulary");
            }
        }
        return new MergeBpe(
                vocabulary,
                merges(model.get("merges"), vocabulary),
                unknownId,
                model.get("fuse_unk").flag(false),
                byteTokens(model.get("byte_fallback"), vocabulary),
                model.get("ignore_merges").flag(false));
    }

    /**
     * Whether each token of a BPE model, but those said to be added, is what merging its own characters gives. Then ignoring
     * the merges of whole tokens changes nothing.
     */
    public static boolean mergesReachEveryToken(JsonPart model, Predicate<String> isAdded) {
        Vocabulary vocabulary = vocabulary(model.get("vocab"));
        MergeTable ranks = merges(model.get("merges"), vocabulary);
        MergeBpe merging = new MergeBpe(vocabulary, ranks, -1, false, null, false);
        Symbols symbols = new Symbols();
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token != null && !isAdded.test(token)) {
                IdList ids = new IdList(token.length());
                merging.encode(token, symbols, ids);
                if (!Arrays.equals(ids.toArray(), new int[] {id})) {
                    return false;
                }
            }
        }
        return true;
    }

    static ByteTokens byteTokens(JsonPart byteFallback, Vocabulary vocabulary) {
        return byteFallback.flag(false) ? new ByteTokens(vocabulary) : null;
    }

    private static MergeTable merges(JsonPart list, Vocabulary vocabulary) {
        List<JsonPart> entries = list.elements();
        MergeTable merges = new MergeTable(entries.size());
        for (int rank = 0; rank < entries.size(); rank++) {
            JsonPart entry = entries.get(rank);
            List<String> pair = pair(entry);
            int left = vocabulary.idOf(pair.get(0));
            int right = vocabulary.idOf(pair.get(1));
            int merged = vocabulary.idOf(pair.get(0) + pair.get(1));
            if (left < 0 || right < 0 || merged < 0) {
                throw entry.wrong("merge of tokens that aren't in the vocabulary");
            }
            merges.put(left, right, rank, merged);
        }
        return merges;
    }

    private static List<String> pair(JsonPart entry) {
        if (entry.isText()) {
            List<String> pair = Arrays.asList(entry.text().split(" ", -1));
            if (pair.size() == 2) {
                return pair;
            }
        } else {
            List<JsonPart> pair = entry.elements();
            if (pair.size() == 2) {
                return List.of(pair.get(0).text(), pair.get(1).text());
            }
        }
        throw entry.wrong("merge isn't a pair of tokens");
    }
}

package dev.errata.model.convert.vocabulary;

import dev.errata.model.tokenizer.ByteTokens;
import dev.errata.model.tokenizer.GgufSplit;
import dev.errata.model.tokenizer.JsonPart;
import dev.errata.model.tokenizer.Piece;
import dev.errata.model.tokenizer.PieceKind;
import dev.errata.model.tokenizer.PreTokenizerJson;
import dev.errata.model.tokenizer.TextPattern;
import dev.errata.model.tokenizer.TokenizerJson;
import dev.errata.model.tokenizer.Vocabulary;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A tokenizer.json with a BPE model as the keys of a GGUF file: a byte-level one as a gpt2 vocabulary with its merges, one
 * with byte fallback as a llama vocabulary.
 */
final class TokenizerJsonKeys {
    private static final String REMEDY = "convert with a tokenizer that llama.cpp has";

    private final JsonPart root;
    private final JsonPart model;
    private final Consumer<String> notes;
    private final TokenTable table;
    private final List<List<String>> merges;

    private TokenizerJsonKeys(JsonPart root, int size, Consumer<String> notes) {
        this.root = root;
        this.model = root.get("model");
        this.notes = notes;
        if (model.get("vocab").isArray()) {
            throw new BadInputException(
                    "llama.cpp has no Unigram tokenizer for this architecture", root.file(), REMEDY);
        }
        table = new TokenTable(size, root.file());
        merges = model.get("merges").elements().stream()
                .map(TokenizerJsonKeys::pair)
                .toList();
    }

    /** The tokenizer must have been read by {@link TokenizerJson}, which checks its parts. */
    static TokenTable addTo(Map<String, Object> keys, Path file, int size, Consumer<String> notes) {
        TokenizerJsonKeys made = new TokenizerJsonKeys(JsonPart.read(file), size, notes);
        if (made.model.get("byte_fallback").flag(false)) {
            made.addPieces(keys);
        } else {
            made.addByteLevel(keys);
        }
        return made.table;
    }

    private static List<String> pair(JsonPart merge) {
        return merge.isText()
                ? Arrays.asList(merge.text().split(" ", -1))
                : merge.elements().stream().map(JsonPart::text).toList();
    }

    private void addByteLevel(Map<String, Object> keys) {
        List<String> regexes = new ArrayList<>();
        boolean bytes = addSplits(root.get("pre_tokenizer"), regexes);
        boolean ignoresMerges = model.get("ignore_merges").flag(false);
        String name = bytes ? GgufSplit.nameOf(regexes, ignoresMerges).orElse(null) : null;
        if (bytes && name == null && ignoresMerges && TokenizerJson.mergesReachEveryToken(model, this::isAdded)) {
            name = GgufSplit.nameOf(regexes, false).orElse(null);
        }
        if (name == null) {
            String with = ignoresMerges ? " with ignore_merges" : "";
            throw new BadInputException("llama.cpp has no split like this pre_tokenizer" + with, root.file(), REMEDY);
        }
        JsonPart normalizer = root.get("normalizer");
        if (!normalizer.isNull()) {
            if (!normalizer.get("type").text().equals("NFC")) {
                throw new BadInputException("llama.cpp has no normalizer like this one", root.file(), REMEDY);
            }
            notes.accept("llama.cpp takes texts as they are, this tokenizer brings them to NFC first");
        }
        model.get("vocab")
                .forEachField(
                        (token, id) -> table.set(id.integer(Vocabulary.MAX_ID), new Piece(token, 0, PieceKind.NORMAL)));
        addTokens();
        keys.put("tokenizer.ggml.model", "gpt2");
        keys.put("tokenizer.ggml.pre", name);
        table.addTo(keys, false);
        keys.put(
                "tokenizer.ggml.merges",
                merges.stream()
                        .map(pair -> pair.get(0).replace(' ', '\u0120') + " "
                                + pair.get(1).replace(' ', '\u0120'))
                        .toArray(String[]::new));
    }

    private boolean isAdded(String token) {
        JsonPart added = root.get("added_tokens");
        return !added.isNull()
                && added.elements().stream()
                        .anyMatch(each -> each.get("content").text().equals(token));
    }

    /** The regexes of isolating splits; true if bytes become GPT-2's characters after them. */
    private boolean addSplits(JsonPart part, List<String> regexes) {
        if (part.isNull()) {
            return false;
        }
        switch (part.get("type").text()) {
            case "Sequence" -> {
                boolean bytes = false;
                for (JsonPart each : part.get("pretokenizers").elements()) {
                    bytes |= addSplits(each, regexes);
                }
                return bytes;
            }
            case "ByteLevel" -> {
                if (part.get("use_regex").flag(true)) {
                    regexes.add(TextPattern.GPT2.regex());
                }
                return !part.get("add_prefix_space").flag(true);
            }
            case "Digits" -> regexes.add(part.get("individual_digits").flag(false) ? "\\p{N}" : "\\p{N}+");
            case "Split" -> {
                JsonPart regex = part.get("pattern").get("Regex");
                boolean isolates = part.get("behavior").text().equals("Isolated")
                        && !part.get("invert").flag(false);
                regexes.add(regex.isText() && isolates ? regex.text() : "");
            }
            default -> regexes.add("");
        }
        return false;
    }

    private void addPieces(Map<String, Object> keys) {
        boolean[] prefix = {false};
        if (!isMetaspace(root.get("normalizer"), prefix) || !isMetaspace(root.get("pre_tokenizer"), prefix)) {
            throw new BadInputException(
                    "llama.cpp treats texts otherwise than this normalizer and pre_tokenizer", root.file(), REMEDY);
        }
        Map<String, Integer> ranks = new HashMap<>();
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.putIfAbsent(String.join("", merges.get(rank)), rank);
        }
        String unknown =
                model.get("unk_token").isNull() ? null : model.get("unk_token").text();
        model.get("vocab").forEachField((token, id) -> {
            PieceKind kind = token.equals(unknown)
                    ? PieceKind.UNKNOWN
                    : ByteTokens.byteOf(token) >= 0 ? PieceKind.BYTE : PieceKind.NORMAL;
            float score = -(float) ranks.getOrDefault(token, merges.size());
            table.set(id.integer(Vocabulary.MAX_ID), new Piece(token, score, kind));
        });
        addTokens();
        notes.accept("the order of this tokenizer's merges becomes scores, as llama.cpp merges by those - where merges"
                + " overlap, ids may differ");
        keys.put("tokenizer.ggml.model", "llama");
        keys.put("tokenizer.ggml.pre", "default");
        table.addTo(keys, true);
        keys.put("tokenizer.ggml.add_space_prefix", prefix[0]);
    }

    /** Whether a part does no more than turn spaces into U+2581 and put one in front. */
    private boolean isMetaspace(JsonPart part, boolean[] prefix) {
        if (part.isNull()) {
            return true;
        }
        return switch (part.get("type").text()) {
            case "Sequence" -> {
                String list = part.get("normalizers").isNull() ? "pretokenizers" : "normalizers";
                yield part.get(list).elements().stream().allMatch(each -> isMetaspace(each, prefix));
            }
            case "Prepend" -> {
                prefix[0] = true;
                yield part.get("prepend").text().equals("\u2581");
            }
            case "Replace" ->
                part.get("content").text().equals("\u2581")
                        && part.get("pattern").get("String").isText()
                        && part.get("pattern").get("String").text().equals(" ");
            case "Metaspace" -> {
                notes.accept("llama.cpp puts a space in front of texts that begin with one too");
                prefix[0] |= PreTokenizerJson.addsSpace(part);
                yield part.get("replacement").character() == '\u2581';
            }
            default -> false;
        };
    }

    private void addTokens() {
        if (root.get("added_tokens").isNull()) {
            return;
        }
        List<String> stripping = new ArrayList<>();
        for (JsonPart token : root.get("added_tokens").elements()) {
            String content = token.get("content").text();
            table.add(
                    token.get("id").integer(Vocabulary.MAX_ID),
                    content,
                    token.get("special").flag(false));
            if (token.get("lstrip").flag(false)
                    || token.get("rstrip").flag(false)
                    || token.get("single_word").flag(false)) {
                stripping.add(content);
            }
        }
        if (!stripping.isEmpty()) {
            notes.accept("a GGUF file can't say that tokens take spaces around them or stand alone - "
                    + String.join(" ", stripping));
        }
    }
}

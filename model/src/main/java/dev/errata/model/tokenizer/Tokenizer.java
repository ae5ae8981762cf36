package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Text to token ids and back. Immutable, and so usable from many threads.
 *
 * <p>Three formats are read: Hugging Face's tokenizer.json (BPE models), SentencePiece's tokenizer.model (BPE models), and
 * the vocabulary inside a GGUF file.
 */
public final class Tokenizer {
    /** What a tokenizer does to a text, in this order; the decoder is the way back. */
    record Pipeline(Normalizer normalizer, PreTokenizer preTokenizer, TokenModel model, TextDecoder decoder) {}

    /** The ids of the start and the end of a text, where known, and what {@code addSpecialTokens} puts around it. */
    public record SpecialIds(OptionalInt bos, OptionalInt eos, List<Integer> front, List<Integer> back) {}

    private final Vocabulary vocabulary;
    private final AddedTokens addedTokens;
    private final Pipeline pipeline;
    private final SpecialIds specialIds;
    private final String[] texts;
    private final String[] decodedTexts;
    private final BitSet special = new BitSet();
    private final BitSet placeholders;
    private final String where;

    Tokenizer(Vocabulary vocabulary, List<AddedToken> added, Pipeline pipeline, SpecialIds specialIds, String where) {
        this(vocabulary, added, pipeline, specialIds, new BitSet(), where);
    }

    /** {@code placeholders} are ids that have a name and stand for no text. */
    Tokenizer(
            Vocabulary vocabulary,
            List<AddedToken> added,
            Pipeline pipeline,
            SpecialIds specialIds,
            BitSet placeholders,
            String where) {
        this.placeholders = placeholders;
        this.vocabulary = vocabulary;
        this.pipeline = pipeline;
        this.specialIds = specialIds;
        this.where = where;
        addedTokens = new AddedTokens(added, pipeline.normalizer()::normalize);
        texts = new String
                [Math.max(
                        vocabulary.size(),
                        added.stream().mapToInt(AddedToken::id).max().orElse(-1) + 1)];
        for (int id = 0; id < vocabulary.size(); id++) {
            texts[id] = vocabulary.token(id);
        }
        for (AddedToken token : added) {
            texts[token.id()] = token.content();
            special.set(token.id(), token.special());
        }
        decodedTexts = texts.clone();
        for (AddedToken token : added) {
            if (token.normalized()) {
                decodedTexts[token.id()] = pipeline.normalizer().normalize(token.content());
            }
        }
    }

    /**
     * Reads the tokenizer of a model folder: tokenizer.json, else tokenizer.model. Where tokenizer_config.json is there
     * too, it names the start and the end token.
     *
     * @throws BadInputException when there is none, or it is broken or has a part that isn't supported
     */
    public static Tokenizer load(Path folder) {
        return TokenizerFolder.load(folder);
    }

    /** Whether a GGUF file has a vocabulary at all; some hold a model's tensors alone. */
    public static boolean isInGguf(Map<String, Object> metadata) {
        Object kind = metadata.get("tokenizer.ggml.model");
        return kind != null && !kind.equals("none") && !kind.equals("no_vocab");
    }

    /**
     * Makes the tokenizer of a GGUF file from its {@code tokenizer.ggml.*} metadata.
     *
     * @param metadata values by key; arrays as primitive arrays, String[] or lists
     * @param where the file's name, for messages
     * @throws BadInputException when keys are missing or wrong, or the kind of vocabulary isn't supported
     */
    public static Tokenizer fromGguf(Map<String, Object> metadata, String where) {
        if (!isInGguf(metadata)) {
            throw new BadInputException(
                    "GGUF file has no vocabulary",
                    where,
                    "give rows of ids, or a file that was converted with its tokenizer");
        }
        return new GgufVocabulary(metadata, where).tokenizer();
    }

    /**
     * The ids of a text. Special and added tokens that are written in it are recognised.
     *
     * @param addSpecialTokens whether to put around it what this tokenizer puts around a text, as a start token
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        IdList out = new IdList(text.length() / 3);
        if (addSpecialTokens) {
            specialIds.front().forEach(out::add);
        }
        Symbols symbols = new Symbols();
        for (Section section : addedTokens.splitAsWritten(Utf8.withoutLoneSurrogates(text))) {
            if (section.isToken()) {
                out.add(section.id());
                continue;
            }
            String normalized = pipeline.normalizer().normalize(section.text());
            for (Section part : addedTokens.splitNormalized(new Section(normalized, -1, section.atStart()))) {
                if (part.isToken()) {
                    out.add(part.id());
                } else {
                    encodePart(part, symbols, out);
                }
            }
        }
        if (addSpecialTokens) {
            specialIds.back().forEach(out::add);
        }
        return out.toArray();
    }

    private void encodePart(Section part, Symbols symbols, IdList out) {
        List<PreTokenizer.Piece> pieces = new ArrayList<>();
        pipeline.preTokenizer().split(new PreTokenizer.Piece(part.text(), part.atStart()), pieces);
        for (PreTokenizer.Piece piece : pieces) {
            pipeline.model().encode(piece.text(), symbols, out);
        }
    }

    /**
     * The text of ids. What is no whole character becomes U+FFFD.
     *
     * @param skipSpecialTokens whether to leave special tokens out
     * @throws BadInputException when an id is not below {@link #vocabSize}
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        return decode(ids, 0, ids.length, skipSpecialTokens);
    }

    /** As {@link #decode(int[], boolean)}, for {@code ids[from, to)}. */
    public String decode(int[] ids, int from, int to, boolean skipSpecialTokens) {
        StringBuilder text = new StringBuilder();
        StreamingDecoder decoder = streamingDecoder(skipSpecialTokens);
        for (int i = from; i < to; i++) {
            if (ids[i] < 0 || ids[i] >= texts.length) {
                throw new BadInputException(
                        "id " + ids[i] + " is no token", where, "use ids from 0 to " + (texts.length - 1));
            }
            text.append(decoder.append(ids[i]));
        }
        return text.append(decoder.finish()).toString();
    }

    /** A decoding that takes ids one at a time, as a model generates them. */
    public StreamingDecoder streamingDecoder(boolean skipSpecialTokens) {
        return new StreamingDecoder(this, skipSpecialTokens);
    }

    /** What it puts around a text, and the ids of start and end. */
    public SpecialIds specialIds() {
        return specialIds;
    }

    TextDecoder decoder() {
        return pipeline.decoder();
    }

    /** One more than the highest id. */
    public int vocabSize() {
        return texts.length;
    }

    /** The token that starts a text, where the tokenizer's files name one. */
    public OptionalInt bosId() {
        return specialIds.bos();
    }

    /** The token that ends a text, where the tokenizer's files name one. */
    public OptionalInt eosId() {
        return specialIds.eos();
    }

    /** The id of a token by its stored text (in a byte-level vocabulary the text in GPT-2's characters). */
    public OptionalInt idOf(String token) {
        OptionalInt added = addedTokens.idOf(token);
        int id = added.isPresent() ? added.getAsInt() : vocabulary.idOf(token);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The stored text of an id, empty where the id is not in use. */
    public Optional<String> tokenOf(int id) {
        return Optional.ofNullable(id >= 0 && id < texts.length ? texts[id] : null);
    }

    /**
     * The ids that a model must not write, ascending: its output layer may be wider than this vocabulary, and ids in between
     * may be free.
     *
     * @param size rows of the model's output layer
     */
    public int[] idsWithoutText(int size) {
        return IntStream.range(0, size)
                .filter(id -> id >= texts.length || texts[id] == null || placeholders.get(id))
                .toArray();
    }

    /**
     * What decoding starts from, empty where the id is not in use: the stored text, or for an added token that is looked
     * for in normalized text its normalized form, as the tokenizers library has it since 0.23.
     */
    Optional<String> decodedTokenOf(int id) {
        return Optional.ofNullable(id >= 0 && id < decodedTexts.length ? decodedTexts[id] : null);
    }

    /** Whether a decoding that skips special tokens leaves this id out. */
    public boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }
}

package dev.errata.model.tokenizer;

import dev.errata.model.config.EndTokens;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Makes a tokenizer from the {@code tokenizer.ggml.*} keys of a GGUF file; ids are those of llama.cpp. */
public final class GgufVocabulary {
    private static final String PREFIX = "tokenizer.ggml.";

    private final VocabularyMetadata metadata;

    public GgufVocabulary(Map<String, Object> metadata, String where) {
        this.metadata = new VocabularyMetadata(metadata, where);
    }

    public Tokenizer tokenizer() {
        String model = metadata.text(PREFIX + "model");
        return switch (model) {
            case "llama" -> sentencePiece();
            case "gpt2" -> byteLevel();
            default ->
                throw new BadInputException(
                        "vocabulary of the kind " + model.replace(':', ' ') + " isn't supported",
                        metadata.where(),
                        "use a model with a llama or gpt2 vocabulary");
        };
    }

    private Tokenizer sentencePiece() {
        PieceVocabulary pieces = new PieceVocabulary(pieces(true));
        boolean addsSpace = addsSpacePrefix();
        int unknown = pieces.firstOf(PieceKind.UNKNOWN);
        String unknownText = unknown < 0 ? "<unk>" : pieces.vocabulary().token(unknown);
        Tokenizer.Pipeline pipeline = new Tokenizer.Pipeline(
                SentencePieceNormalizer.ofSpaces(addsSpace),
                new PreTokenizer.Sequence(List.of()),
                pieces.model(),
                new SentencePieceDecoder(unknownText, " \u2047 ", addsSpace, false));
        return new Tokenizer(
                pieces.vocabulary(),
                pieces.addedTokens(true),
                pipeline,
                specialIds(pieces.size(), true),
                pieces.placeholders(),
                metadata.where());
    }

    private Tokenizer byteLevel() {
        PieceVocabulary pieces = new PieceVocabulary(pieces(false));
        GgufSplit split = split();
        Vocabulary vocabulary = pieces.vocabulary();
        Tokenizer.Pipeline pipeline = new Tokenizer.Pipeline(
                new Normalizer.Sequence(List.of()),
                split.preTokenizer(),
                new MergeBpe(vocabulary, merges(vocabulary), -1, false, null, split.ignoresMerges()),
                new TextDecoder.ByteLevel());
        Tokenizer.SpecialIds ids = specialIds(pieces.size(), split.addsBos());
        return new Tokenizer(
                vocabulary, pieces.addedTokens(true), pipeline, ids, pieces.placeholders(), metadata.where());
    }

    /** How a byte-level vocabulary splits text. */
    public GgufSplit split() {
        return GgufSplit.named(splitName(), metadata.where());
    }

    public String splitName() {
        return metadata.has(PREFIX + "pre") ? metadata.text(PREFIX + "pre") : "default";
    }

    public boolean addsSpacePrefix() {
        return metadata.flag(PREFIX + "add_space_prefix", true);
    }

    /** The id under a key, as {@code padding_token_id}. */
    public OptionalInt id(String key, int size) {
        return metadata.id(PREFIX + key, size);
    }

    /** The tokens by id. */
    public List<Piece> pieces(boolean withScores) {
        String[] texts = metadata.texts(PREFIX + "tokens");
        float[] scores = withScores ? metadata.scores(PREFIX + "scores", texts.length) : null;
        boolean hasKinds = metadata.has(PREFIX + "token_type");
        int[] kinds = hasKinds ? metadata.kinds(PREFIX + "token_type", texts.length) : null;
        List<Piece> pieces = new ArrayList<>(texts.length);
        for (int id = 0; id < texts.length; id++) {
            PieceKind kind = hasKinds ? PieceKind.ofNumber(kinds[id]) : PieceKind.NORMAL;
            if (kind == null) {
                throw broken("token " + id + " is of an unknown type");
            }
            PieceKind meant = EndTokens.isCertain(texts[id]) ? PieceKind.CONTROL : kind;
            pieces.add(new Piece(texts[id], withScores ? scores[id] : 0, meant));
        }
        return pieces;
    }

    /** {@code left right}, in the order of their ranks. */
    public String[] merges() {
        return metadata.texts(PREFIX + "merges");
    }

    private MergeTable merges(Vocabulary vocabulary) {
        String[] texts = merges();
        MergeTable merges = new MergeTable(texts.length);
        for (int rank = 0; rank < texts.length; rank++) {
            String merge = texts[rank];
            int space = merge.indexOf(' ', 1);
            int left = space < 0 ? -1 : vocabulary.idOf(merge, 0, space);
            int right = space < 0 ? -1 : vocabulary.idOf(merge, space + 1, merge.length());
            int merged = space < 0 ? -1 : vocabulary.idWithout(merge, space);
            if (left < 0 || right < 0 || merged < 0) {
                throw broken("merge " + rank + " doesn't fit the vocabulary");
            }
            merges.put(left, right, rank, merged);
        }
        return merges;
    }

    private Tokenizer.SpecialIds specialIds(int size, boolean addsBosUnlessSaid) {
        OptionalInt bos = metadata.id(PREFIX + "bos_token_id", size);
        OptionalInt eos = metadata.id(PREFIX + "eos_token_id", size);
        boolean addsBos = metadata.flag(PREFIX + "add_bos_token", addsBosUnlessSaid);
        boolean addsEos = metadata.flag(PREFIX + "add_eos_token", false);
        return new Tokenizer.SpecialIds(bos, eos, list(bos, addsBos), list(eos, addsEos));
    }

    private static List<Integer> list(OptionalInt id, boolean wanted) {
        return wanted && id.isPresent() ? List.of(id.getAsInt()) : List.of();
    }

    private BadInputException broken(String what) {
        return new BadInputException(what, metadata.where(), "get the file again, or convert the model anew");
    }
}

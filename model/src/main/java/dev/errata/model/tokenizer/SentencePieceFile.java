package dev.errata.model.tokenizer;

import dev.errata.model.file.LfsPointer;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** SentencePiece's tokenizer.model (sentencepiece_model.proto), Unigram or BPE; only the fields that matter here. */
public final class SentencePieceFile {
    private static final int UNIGRAM = 1;
    private static final int BPE = 2;

    /** A line of tiktoken's files, as Meta publishes LLaMA 3's: a token in Base64 and its rank. */
    private static final Pattern TIKTOKEN = Pattern.compile("[A-Za-z0-9+/]+={0,2} \\d+\r?\n");

    private final String where;
    private final List<Piece> pieces = new ArrayList<>();

    // trainer_spec; the values are the format's defaults
    private long modelType = UNIGRAM;
    private boolean byteFallback;
    private boolean spaceAsSuffix;
    private String unknownSurface = " \u2047 ";
    private String bosPiece = "<s>";
    private String eosPiece = "</s>";

    // normalizer_spec
    private boolean addDummyPrefix = true;
    private boolean removeExtraWhitespaces = true;
    private boolean escapeWhitespaces = true;
    private CharacterMap characterMap;

    private SentencePieceFile(String where) {
        this.where = where;
    }

    public static SentencePieceFile read(Path file) {
        LfsPointer.refuse(file);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadInputException("can't be read", file.toString(), "check the file and its permissions", e);
        }
        if (TIKTOKEN.matcher(new String(bytes, 0, Math.min(bytes.length, 256), StandardCharsets.ISO_8859_1))
                .lookingAt()) {
            throw new BadInputException(
                    "a tokenizer.model in tiktoken's format isn't supported",
                    file.toString(),
                    "take the model's tokenizer.json, or save it with transformers");
        }
        return read(ByteBuffer.wrap(bytes), file.toString());
    }

    static SentencePieceFile read(ByteBuffer bytes, String where) {
        SentencePieceFile model = new SentencePieceFile(where);
        ProtobufReader in = new ProtobufReader(bytes, where);
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> model.readPiece(in.message());
                case 2 -> model.readTrainerSpec(in.message());
                case 3 -> model.readNormalizerSpec(in.message());
                default -> in.skip();
            }
        }
        model.check();
        return model;
    }

    private void readPiece(ProtobufReader in) {
        String text = "";
        float score = 0;
        PieceKind kind = PieceKind.NORMAL;
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> text = in.text();
                case 2 -> score = in.fixed32();
                case 3 -> kind = PieceKind.ofNumber(in.varint());
                default -> in.skip();
            }
        }
        if (text.isEmpty() || kind == null || Float.isNaN(score)) {
            throw new BadInputException("wrong piece " + pieces.size(), where, "get the file again");
        }
        pieces.add(new Piece(text, score, kind));
    }

    private void readTrainerSpec(ProtobufReader in) {
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 3 -> modelType = in.varint();
                case 24 -> spaceAsSuffix = in.flag();
                case 35 -> byteFallback = in.flag();
                case 44 -> unknownSurface = in.text();
                case 46 -> bosPiece = in.text();
                case 47 -> eosPiece = in.text();
                default -> in.skip();
            }
        }
    }

    private void readNormalizerSpec(ProtobufReader in) {
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 2 -> readCharacterMap(in.bytes());
                case 3 -> addDummyPrefix = in.flag();
                case 4 -> removeExtraWhitespaces = in.flag();
                case 5 -> escapeWhitespaces = in.flag();
                default -> in.skip();
            }
        }
    }

    private void readCharacterMap(ByteBuffer bytes) {
        characterMap = bytes.hasRemaining() ? CharacterMap.read(bytes, where) : null;
    }

    private void check() {
        if (pieces.isEmpty()) {
            throw new BadInputException("not a SentencePiece model", where, "get the file again");
        }
        if (modelType != BPE && modelType != UNIGRAM) {
            throw unsupported("a SentencePiece model of the kind "
                    + (modelType == 3 ? "WORD" : modelType == 4 ? "CHAR" : "number " + modelType));
        }
        if (spaceAsSuffix) {
            throw unsupported("a SentencePiece model with spaces as suffixes");
        }
    }

    private BadInputException unsupported(String what) {
        return new BadInputException(
                what + " isn't supported", where, "use a model with a tokenizer.json or another tokenizer");
    }

    /** The vocabulary by id. */
    public List<Piece> pieces() {
        return List.copyOf(pieces);
    }

    public boolean isUnigram() {
        return modelType == UNIGRAM;
    }

    public boolean addsDummyPrefix() {
        return addDummyPrefix;
    }

    public boolean removesExtraWhitespaces() {
        return removeExtraWhitespaces;
    }

    /**
     * The tokenizer.
     *
     * @param settings tokenizer_config.json, or null where there is none
     * @param named the special tokens that the files beside the model name
     * @param configured all tokens that those files add
     */
    Tokenizer tokenizer(JsonPart settings, NamedTokens named, List<AddedToken> configured) {
        PieceVocabulary vocabulary = new PieceVocabulary(pieces);
        ByteTokens bytes = byteFallback ? new ByteTokens(vocabulary.vocabulary()) : null;
        if (bytes != null && !bytes.isComplete()) {
            throw new BadInputException("byte fallback without all byte pieces", where, "get the file again");
        }
        int unknown = vocabulary.firstOf(PieceKind.UNKNOWN);
        if (unknown < 0) {
            throw new BadInputException("no unknown piece", where, "get the file again");
        }
        Tokenizer.Pipeline pipeline = new Tokenizer.Pipeline(
                new SentencePieceNormalizer(
                        addDummyPrefix,
                        removeExtraWhitespaces,
                        escapeWhitespaces,
                        characterMap,
                        vocabulary.userDefined()),
                new PreTokenizer.Sequence(List.of()),
                isUnigram() ? Unigram.ofSentencePiece(pieces, unknown, bytes, where) : vocabulary.model(),
                new SentencePieceDecoder(
                        pieces.get(unknown).text(), unknownSurface, addDummyPrefix, removeExtraWhitespaces));
        List<AddedToken> added =
                ConfiguredTokens.merged(vocabulary.addedTokens(false), configured, vocabulary.vocabulary(), where);
        return new Tokenizer(
                vocabulary.vocabulary(), added, pipeline, specialIds(vocabulary, settings, named, added), where);
    }

    private Tokenizer.SpecialIds specialIds(
            PieceVocabulary vocabulary, JsonPart settings, NamedTokens named, List<AddedToken> added) {
        OptionalInt bos = named.bos() == null ? control(vocabulary, bosPiece) : idOf(named.bos(), added);
        OptionalInt eos = named.eos() == null ? control(vocabulary, eosPiece) : idOf(named.eos(), added);
        boolean addsBos = settings == null || settings.get("add_bos_token").flag(true);
        boolean addsEos = settings != null && settings.get("add_eos_token").flag(false);
        return new Tokenizer.SpecialIds(bos, eos, list(bos, addsBos), list(eos, addsEos));
    }

    private static OptionalInt idOf(String content, List<AddedToken> added) {
        return added.stream()
                .filter(token -> token.content().equals(content))
                .mapToInt(AddedToken::id)
                .findFirst();
    }

    private static OptionalInt control(PieceVocabulary vocabulary, String piece) {
        int id = vocabulary.vocabulary().idOf(piece);
        return vocabulary.hasKind(id, PieceKind.CONTROL) ? OptionalInt.of(id) : OptionalInt.empty();
    }

    private static List<Integer> list(OptionalInt id, boolean wanted) {
        return wanted && id.isPresent() ? List.of(id.getAsInt()) : List.of();
    }
}

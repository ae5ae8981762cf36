package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** SentencePiece's tokenizer.model (sentencepiece_model.proto) with a BPE model; only the fields that matter here. */
final class SentencePieceFile {
    private static final int BPE = 2;

    private final String where;
    private final List<Piece> pieces = new ArrayList<>();

    // trainer_spec; the values are the format's defaults
    private long modelType = 1;
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

    static SentencePieceFile read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadInputException("can't be read", file.toString(), "check the file and its permissions", e);
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
        if (modelType != BPE) {
            throw unsupported("a SentencePiece model that isn't BPE");
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
    List<Piece> pieces() {
        return List.copyOf(pieces);
    }

    boolean addsDummyPrefix() {
        return addDummyPrefix;
    }

    boolean removesExtraWhitespaces() {
        return removeExtraWhitespaces;
    }

    /**
     * The tokenizer.
     *
     * @param settings tokenizer_config.json, or null where there is none
     * @param configured the tokens that the files beside the model add
     */
    Tokenizer tokenizer(JsonPart settings, List<AddedToken> configured) {
        PieceVocabulary vocabulary = new PieceVocabulary(pieces);
        if (byteFallback && !new ByteTokens(vocabulary.vocabulary()).isComplete()) {
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
                vocabulary.model(),
                new SentencePieceDecoder(
                        pieces.get(unknown).text(), unknownSurface, addDummyPrefix, removeExtraWhitespaces));
        return new Tokenizer(
                vocabulary.vocabulary(),
                ConfiguredTokens.merged(vocabulary.addedTokens(false), configured, vocabulary.vocabulary(), where),
                pipeline,
                specialIds(vocabulary, settings),
                where);
    }

    private Tokenizer.SpecialIds specialIds(PieceVocabulary vocabulary, JsonPart settings) {
        OptionalInt bos = control(vocabulary, bosPiece);
        OptionalInt eos = control(vocabulary, eosPiece);
        boolean addsBos = settings == null || settings.get("add_bos_token").flag(true);
        boolean addsEos = settings != null && settings.get("add_eos_token").flag(false);
        return new Tokenizer.SpecialIds(bos, eos, list(bos, addsBos), list(eos, addsEos));
    }

    private static OptionalInt control(PieceVocabulary vocabulary, String piece) {
        int id = vocabulary.vocabulary().idOf(piece);
        return vocabulary.hasKind(id, PieceKind.CONTROL) ? OptionalInt.of(id) : OptionalInt.empty();
    }

    private static List<Integer> list(OptionalInt id, boolean wanted) {
        return wanted && id.isPresent() ? List.of(id.getAsInt()) : List.of();
    }
}

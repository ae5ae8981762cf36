package dev.errata.model.convert.vocabulary;

import dev.errata.model.tokenizer.AddedToken;
import dev.errata.model.tokenizer.JsonPart;
import dev.errata.model.tokenizer.NamedTokens;
import dev.errata.model.tokenizer.TemplateTexts;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.model.tokenizer.Vocabulary;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * A model folder's tokenizer and chat template as the {@code tokenizer.*} keys of a GGUF file, named as ggml's docs/gguf.md
 * has them and filled as llama.cpp's converter does.
 */
public final class GgufVocabularyKeys {
    private static final String PREFIX = "tokenizer.ggml.";
    /** Of Hugging Face's names, those of GGUF; the third one's spelling is the format's. */
    private static final Map<String, String> SPECIAL = new LinkedHashMap<>();

    static {
        SPECIAL.put("unk", "unknown");
        SPECIAL.put("pad", "padding");
        SPECIAL.put("sep", "seperator");
        SPECIAL.put("mask", "mask");
    }

    private final Path folder;
    private final Consumer<String> notes;
    private final Map<String, Object> keys = new LinkedHashMap<>();

    private GgufVocabularyKeys(Path folder, Consumer<String> notes) {
        this.folder = folder;
        this.notes = notes;
    }

    /**
     * @param size rows of the model's embedding; ids that the tokenizer doesn't have get filled up
     * @param bosId the start token that the model's config names, or -1
     * @param eosIds the end tokens that the model's config names
     * @param notes is told what the file can't say
     * @return values of the types that {@link dev.errata.model.file.GgufMetadata} gives
     * @throws BadInputException if the tokenizer is broken, larger than the model, or none that llama.cpp has
     */
    public static Map<String, Object> of(
            Path folder, int size, int bosId, List<Integer> eosIds, Consumer<String> notes) {
        GgufVocabularyKeys made = new GgufVocabularyKeys(folder, notes);
        made.add(size, bosId, eosIds);
        return made.keys;
    }

    private void add(int size, int bosId, List<Integer> eosIds) {
        boolean hasModel = Files.isRegularFile(folder.resolve("tokenizer.model"));
        Path json = folder.resolve("tokenizer.json");
        if (!hasModel && !Files.isRegularFile(json)) {
            notes.accept("folder has no tokenizer, so the file has none either");
            keys.put(PREFIX + "model", "none");
            addIds("bos", bosId);
            addEnds(OptionalInt.empty(), eosIds);
            return;
        }
        Tokenizer tokenizer = Tokenizer.load(folder);
        TokenTable table = hasModel
                ? SentencePieceKeys.addTo(keys, folder, size, notes)
                : TokenizerJsonKeys.addTo(keys, json, size, notes);
        Tokenizer.SpecialIds ids = tokenizer.specialIds();
        OptionalInt bos = ids.bos().isPresent() || ids.front().isEmpty()
                ? ids.bos()
                : OptionalInt.of(ids.front().getFirst());
        addIds("bos", bos.orElse(bosId));
        addEnds(ids.eos(), eosIds);
        NamedTokens named = NamedTokens.read(folder);
        for (AddedToken token : named.all()) {
            int id = tokenizer.idOf(token.content()).orElse(size);
            if (id < size && tokenizer.isSpecial(id)) {
                table.add(id, token.content(), true);
            }
        }
        addNamed(table, named);
        addFlag("bos", ids.front(), bos);
        addFlag("eos", ids.back(), ids.eos());
        TemplateTexts.ofFolder(folder).addTo(keys);
    }

    private void addIds(String name, int id) {
        if (id >= 0) {
            keys.put(PREFIX + name + "_token_id", (long) id);
        }
    }

    /** The tokenizer's end token first; what else ends a generation goes where llama.cpp looks for ends of turns. */
    private void addEnds(OptionalInt eos, List<Integer> eosIds) {
        List<Integer> ends = new ArrayList<>();
        eos.ifPresent(ends::add);
        for (int id : eosIds) {
            if (!ends.contains(id)) {
                ends.add(id);
            }
        }
        List<String> names = List.of("eos", "eot", "eom");
        for (int i = 0; i < Math.min(names.size(), ends.size()); i++) {
            addIds(names.get(i), ends.get(i));
        }
        if (ends.size() > names.size()) {
            notes.accept("a GGUF file has no place for more than three end tokens - left out "
                    + ends.subList(names.size(), ends.size()));
        }
    }

    /** Unknown, padding and the others, as the tokenizer's files or config.json name them. */
    private void addNamed(TokenTable table, NamedTokens named) {
        addIds("unknown", table.unknown());
        JsonPart config = read("config.json");
        SPECIAL.forEach((name, ggufName) -> {
            String text = named.texts().get(name + "_token");
            if (text != null) {
                addIds(ggufName, table.idOf(text));
            } else if (config != null && !config.get(name + "_token_id").isNull()) {
                JsonPart id = config.get(name + "_token_id");
                if (id.node().isIntegralNumber() && id.node().intValue() >= 0) {
                    addIds(ggufName, id.integer(Vocabulary.MAX_ID));
                }
            }
        });
    }

    private JsonPart read(String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? JsonPart.read(file) : null;
    }

    private void addFlag(String name, List<Integer> around, OptionalInt id) {
        if (!around.isEmpty() && !(id.isPresent() && around.equals(List.of(id.getAsInt())))) {
            notes.accept("a GGUF file can't say that the tokenizer puts " + around + " around a text");
        }
        keys.put(PREFIX + "add_" + name + "_token", !around.isEmpty());
    }
}

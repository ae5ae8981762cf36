package dev.errata.pipeline.demo;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.json.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the embedded model's tokenizer in Hugging Face's format: byte-level BPE without merges, in which the words of
 * {@link DemoVocabulary} are tokens ({@code ignore_merges}) and all other text falls back to the 256 bytes.
 */
public final class DemoTokenizer {
    /** Special tokens in the order of their ids. */
    static final List<String> SPECIAL = List.of("<pad>", "<s>", "</s>", "<unk>");

    private DemoTokenizer() {}

    /** Writes the files anew into the folder named: {@code configs/demo/errata-2m} where the vocabulary has changed. */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]));
    }

    /** Writes {@code tokenizer.json}, {@code tokenizer_config.json} and {@code special_tokens_map.json} into a folder. */
    public static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        write(folder.resolve("tokenizer.json"), tokenizer());
        write(folder.resolve("tokenizer_config.json"), tokenizerConfig());
        write(folder.resolve("special_tokens_map.json"), specialTokensMap());
    }

    /** The content of {@code tokenizer.json}. */
    static ObjectNode tokenizer() {
        ObjectNode root = object();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < SPECIAL.size(); id++) {
            added.add(object().put("id", id)
                    .put("content", SPECIAL.get(id))
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true));
        }
        root.putNull("normalizer");
        root.set("pre_tokenizer", byteLevel());
        root.putNull("post_processor");
        root.set("decoder", byteLevel());
        ObjectNode model =
                root.putObject("model").put("type", "BPE").putNull("dropout").putNull("unk_token");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", true);
        ObjectNode ids = model.putObject("vocab");
        for (String token : tokens()) {
            ids.put(token, ids.size());
        }
        model.putArray("merges");
        return root;
    }

    /** All tokens in the order of their ids: special ones, bytes, words. */
    static List<String> tokens() {
        List<String> tokens = new ArrayList<>(SPECIAL);
        for (int value = 0; value < 256; value++) {
            tokens.add(String.valueOf(letter(value)));
        }
        DemoVocabulary.words().forEach(word -> tokens.add(spelled(word)));
        return tokens;
    }

    /** The letters that stand for the bytes of a text in a byte-level vocabulary. */
    private static String spelled(String text) {
        StringBuilder letters = new StringBuilder();
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            letters.append(letter(value & 0xFF));
        }
        return letters.toString();
    }

    /** GPT-2's letter for a byte: itself where it is printable Latin-1, else the next free one from U+0100. */
    private static char letter(int value) {
        if (printable(value)) {
            return (char) value;
        }
        int rank = 0;
        for (int before = 0; before < value; before++) {
            rank += printable(before) ? 0 : 1;
        }
        return (char) (256 + rank);
    }

    private static boolean printable(int value) {
        return (value >= 0x21 && value <= 0x7E) || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
    }

    private static ObjectNode tokenizerConfig() {
        return object().put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("eos_token", "</s>")
                .put("pad_token", "<pad>")
                .put("clean_up_tokenization_spaces", false)
                .put("model_max_length", 2048);
    }

    private static ObjectNode specialTokensMap() {
        return object().put("eos_token", "</s>").put("pad_token", "<pad>");
    }

    private static ObjectNode byteLevel() {
        return object().put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static void write(Path file, ObjectNode content) throws IOException {
        Files.writeString(
                file,
                JsonText.FOREIGN
                                .writer(SerializationFeature.INDENT_OUTPUT)
                                .writeValueAsString(content)
                                .replace("\r\n", "\n")
                        + "\n");
    }
}

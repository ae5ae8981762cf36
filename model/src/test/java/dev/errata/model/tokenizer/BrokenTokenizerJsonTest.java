package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tokenizer.json that is wrong somewhere gives a sentence with the file's name, and nothing else. */
class BrokenTokenizerJsonTest {
    private static final String SMALL = """
            {"added_tokens": [{"id": 9, "content": "<x>", "special": true, "normalized": true, "lstrip": true}],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Prepend", "prepend": "_"},
               {"type": "Replace", "pattern": {"String": " "}, "content": "_"}, {"type": "Strip", "strip_left": true}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "Split", "pattern": {"Regex": "c+"}, "behavior": "MergedWithNext", "invert": false},
               {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": true},
               {"type": "Digits", "individual_digits": true}, {"type": "Punctuation"},
               {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "<x>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
               "special_tokens": {"<x>": {"id": "<x>", "ids": [9], "tokens": ["<x>"]}}},
             "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"},
               {"type": "Replace", "pattern": {"String": "_"}, "content": " "},
               {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
             "model": {"type": "BPE", "unk_token": "u", "fuse_unk": true, "byte_fallback": true, "ignore_merges": true,
               "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "u": 4, "_": 5}, "merges": ["a b", ["ab", "c"]]}}
            """.replace("\"_\": 5", "\"_\": 5, \"abc\": 6");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path folder;

    private Tokenizer load(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        return Tokenizer.load(folder);
    }

    /** Loads and uses it; only the one kind of exception may come out. */
    private void loadsOrSaysWhy(String json) throws IOException {
        try {
            Tokenizer tokenizer = load(json);
            int[] ids = tokenizer.encode("ab c1, <x> abc é", true);
            tokenizer.decode(ids, false);
        } catch (BadInputException e) {
            assertThat(e).hasMessageContaining("tokenizer.json");
            assertThat(e.what()).isNotBlank().doesNotContain(":");
            assertThat(e.remedy()).isNotBlank();
        }
    }

    @Test
    void theWholeFileWorks() throws IOException {
        assertThat(load(SMALL).decode(load(SMALL).encode("ab c", true), true)).isNotEmpty();
    }

    @Test
    void aCutFileIsReported() throws IOException {
        for (int length = 0; length < SMALL.length() - 3; length += 5) {
            String cut = SMALL.substring(0, length);
            assertThatThrownBy(() -> load(cut))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("tokenizer.json");
        }
    }

    @Test
    void aValueOfAnotherTypeAnywhereIsReportedOrHarmless() throws IOException {
        JsonNode whole = MAPPER.readTree(SMALL);
        List<JsonPointer> places = new ArrayList<>();
        collect(whole, JsonPointer.empty(), places);
        for (JsonPointer place : places) {
            for (String value :
                    List.of("null", "7", "-1", "1e300", "99999999999", "\"x:y\"", "\"\"", "[]", "{}", "true")) {
                JsonNode copy = whole.deepCopy();
                JsonNode parent = copy.at(place.head());
                if (parent instanceof ObjectNode object) {
                    object.set(place.last().getMatchingProperty(), MAPPER.readTree(value));
                } else if (parent instanceof ArrayNode array) {
                    array.set(place.last().getMatchingIndex(), MAPPER.readTree(value));
                }
                loadsOrSaysWhy(copy.toString());
            }
        }
    }

    private static void collect(JsonNode node, JsonPointer at, List<JsonPointer> places) {
        if (node.isObject()) {
            node.properties().forEach(field -> {
                JsonPointer place = at.appendProperty(field.getKey());
                places.add(place);
                collect(field.getValue(), place, places);
            });
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            JsonPointer place = at.appendIndex(i);
            places.add(place);
            collect(node.get(i), place, places);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NFC", "Metaspace", "ByteFallback", "TemplateProcessing", "BPE"})
    void aPartThatIsNotSupportedIsNamed(String type) {
        assertThatThrownBy(() -> load(SMALL.replace("\"" + type + "\"", "\"Fancy\"")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("Fancy isn't supported");
    }

    @Test
    void anEmptyFolderIsNamed() {
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(folder.toString());
    }

    @Test
    void theConfigBesideItNamesStartAndEnd() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"a\"}, \"eos_token\": \"<x>\"}");
        Tokenizer tokenizer = load(SMALL);
        assertThat(tokenizer.bosId()).hasValue(0);
        assertThat(tokenizer.eosId()).hasValue(9);
    }
}

package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizer files that would take forever or all memory end with a sentence. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileTokenizerJsonTest {
    private static final String MODEL = "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}";

    @TempDir
    private Path folder;

    private Tokenizer tokenizer(String parts) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), "{" + parts + "}");
        return Tokenizer.load(folder);
    }

    private static String split(String regex) {
        return MODEL + ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" + regex
                + "\"},\"behavior\":\"Isolated\",\"invert\":false}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a*a*a*a*a*c", ".*.*.*.*.*[0-9]", "(a*)(a*)(a*)\\\\1\\\\2\\\\3c", "a(?=.*.*.*.*c)", "(?:a+a+)+c"
            })
    void givesUpAnExpressionThatBacktracksWithoutEnd(String regex) throws IOException {
        Tokenizer tokenizer = tokenizer(split(regex));
        assertThatThrownBy(() -> tokenizer.encode("a".repeat(2000) + "b", false))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tokenizer.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"(?:(?:(?:){9999}){9999}){9999}", "a{2147483647}", "(?:|a){99999999999}", "\\\\\\\\x{20000}"})
    void refusesRepetitionsOutOfAllProportion(String regex) {
        assertThatThrownBy(() -> tokenizer(split(regex)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("pre_tokenizer.pattern.Regex");
    }

    @Test
    void refusesAnExpressionNestedTooDeep() {
        assertThatThrownBy(() -> tokenizer(split("(".repeat(30_000) + ")".repeat(30_000))))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void takesTheRepetitionsAndCodePointsOfKnownExpressions() throws IOException {
        assertThat(tokenizer(split("\\\\p{N}{1,3}|\\\\x{10FFFF}|a{2,}|(?:b{3}){3}"))
                        .encode("aab", false))
                .containsExactly(0, 0, 1);
    }

    @Test
    void keepsLongTextsWithinTheBoundOfKnownExpressions() throws IOException {
        String llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}"
                + "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+";
        Tokenizer tokenizer = tokenizer(split(llama3));
        for (String part : new String[] {"a", " ", "\n", " \n", "1", "!", "a b ", "'", "  \u00a0", "é1!"}) {
            String text = part.repeat(1_000_000 / part.length());
            assertThat(tokenizer.encode(text, false)).as(part).hasSizeLessThanOrEqualTo(text.length());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[%s]}",
                "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[%s]}"
            })
    void refusesStepsThatMakeATextHuge(String steps) {
        String step = "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaa\"}";
        assertThatThrownBy(() -> tokenizer(MODEL + "," + steps.formatted(step + "," + step + "," + step)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("so much longer");
    }

    @Test
    void refusesByteStepsThatMakeATextHuge() {
        String step = "{\"type\":\"ByteLevel\",\"use_regex\":false}";
        String steps = (step + ",").repeat(20) + step;
        assertThatThrownBy(() -> tokenizer(
                        MODEL + ",\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" + steps + "]}"))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void takesNoMemoryForIdsThatNoTokenHas() {
        assertThatThrownBy(() -> tokenizer("\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":4000000},\"merges\":[]}"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("model.vocab.a");
    }
}

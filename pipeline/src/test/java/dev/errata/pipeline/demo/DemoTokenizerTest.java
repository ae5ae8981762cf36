package dev.errata.pipeline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.record.Problem;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DemoTokenizerTest {
    /** The pieces a text falls into before the vocabulary is asked: numbers, words, punctuation, white space. */
    private static final Pattern PIECE = Pattern.compile("'s| ?\\d+| ?[A-Za-z]+| ?[^\\sA-Za-z0-9]+|\\s");

    @Test
    void isSmallAndNumbersItsTokensWithoutGaps() {
        JsonNode vocabulary = DemoTokenizer.tokenizer().at("/model/vocab");

        Set<Integer> ids = new HashSet<>();
        vocabulary.forEach(id -> ids.add(id.intValue()));
        assertThat(vocabulary.size()).isLessThanOrEqualTo(512).isEqualTo(ids.size());
        assertThat(ids).contains(0, vocabulary.size() - 1);
        assertThat(vocabulary.get("</s>").intValue()).isEqualTo(2);
        assertThat(vocabulary.has("Ġapples")).isTrue();
        assertThat(vocabulary.has("Ċ")).as("the line break").isTrue();
    }

    @Test
    void everyWordOfTheProblemsAndPromptsIsOneToken() {
        JsonNode vocabulary = DemoTokenizer.tokenizer().at("/model/vocab");
        Set<String> missing = new HashSet<>();
        for (Mix mix : Mix.values()) {
            ProblemGenerator generator = new ProblemGenerator(1, mix, Split.ANY);
            for (int number = 0; number < 3000; number++) {
                Problem problem = generator.problem(number);
                PretrainingRow row = PretrainingRow.of(problem);
                PIECE.matcher(row.prompt() + row.completion()).results().forEach(piece -> {
                    if (!vocabulary.has(piece.group().replace(' ', 'Ġ').replace('\n', 'Ċ'))) {
                        missing.add(piece.group());
                    }
                });
            }
        }
        assertThat(missing).isEmpty();
    }
}

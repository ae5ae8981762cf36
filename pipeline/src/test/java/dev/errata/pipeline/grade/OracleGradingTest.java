package dev.errata.pipeline.grade;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The graders against verdicts recorded from the original programs; the rows are copies of the oracle's. */
class OracleGradingTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> NAMES_ITS_ANSWER = Set.of("answer_is", "answer_is_colon", "boxed", "answer_boxed");

    @Test
    void lemaCompatGivesTheReleasesAnswersAndVerdictsOnGsm8k() {
        for (JsonNode row : rows("gsm8k")) {
            GradedAnswer exact = whole(new LemaCompat(LemaCompat.Rule.NUMBERS), row);
            GradedAnswer rounded = whole(new LemaCompat(LemaCompat.Rule.HUNDREDTHS), row);
            JsonNode lema = row.get("lema");
            assertThat(Double.parseDouble(exact.pred()))
                    .as(row.toString())
                    .isEqualTo(lema.get("pred").asDouble());
            assertThat(Double.parseDouble(exact.ref()))
                    .as(row.toString())
                    .isEqualTo(lema.get("ref").asDouble());
            assertThat(exact.equal())
                    .as(row.toString())
                    .isEqualTo(lema.get("equal").asBoolean());
            assertThat(rounded.equal())
                    .as(row.toString())
                    .isEqualTo(lema.get("equal_rounded_2").asBoolean());
        }
    }

    @Test
    void lemaCompatGivesTheReleasesAnswersAndVerdictsOnMath() {
        for (JsonNode row : rows("math")) {
            JsonNode lema = row.get("lema");
            assertThat(whole(new LemaCompat(LemaCompat.Rule.LATEX), row))
                    .as(row.toString())
                    .isEqualTo(new GradedAnswer(
                            lema.get("pred").asText(),
                            lema.get("ref").asText(),
                            lema.get("equal").asBoolean()));
        }
    }

    @Test
    void lemaCompatChoosesTheReleasesCandidateOnCsqa() {
        for (JsonNode row : rows("csqa")) {
            GradedAnswer verdict = new LemaCompat(LemaCompat.Rule.NEAREST_CANDIDATE)
                    .grade(row.get("prediction").asText(), row.get("answer").asText(), candidates(row));
            assertThat(verdict.equal())
                    .as(row.toString())
                    .isEqualTo(row.get("lema").asInt() == 1);
        }
    }

    @Test
    void hendrycksGivesTheBenchmarksVerdicts() {
        for (String task : List.of("math", "gsm8k")) {
            for (JsonNode row : rows(task)) {
                if (row.get("hendrycks").isBoolean()) {
                    GradedAnswer verdict = new Hendrycks()
                            .grade(
                                    row.get("pred_answer").asText(),
                                    row.get("ref_answer").asText(),
                                    List.of());
                    assertThat(verdict.equal())
                            .as(row.toString())
                            .isEqualTo(row.get("hendrycks").asBoolean());
                }
            }
        }
    }

    @Test
    void soundGivesEveryVerdictThatIsMeantOnGsm8k() {
        for (JsonNode row : rows("gsm8k")) {
            JsonNode right = row.has("is_correct_label") ? row.get("is_correct_label") : row.get("same_number");
            if (right != null && right.isBoolean()) {
                assertThat(whole(new Sound(AnswerKind.NUMBER), row).equal())
                        .as(row.toString())
                        .isEqualTo(right.asBoolean());
            }
        }
    }

    @Test
    void soundGivesNearlyEveryVerdictThatIsMeantOnMathAndAcceptsNothingThatBothReject() {
        List<String> different = new ArrayList<>();
        int judged = 0;
        for (JsonNode row : rows("math")) {
            boolean agreed = row.get("prm800k").equals(row.get("meant_equal"))
                    && row.get("prm800k").isBoolean();
            if (!agreed || !NAMES_ITS_ANSWER.contains(row.get("frame").asText())) {
                continue;
            }
            judged++;
            boolean meant = row.get("prm800k").asBoolean();
            boolean said = whole(new Sound(AnswerKind.LATEX), row).equal();
            if (said != meant) {
                different.add(row.toString());
            }
            if (!meant && !row.get("hendrycks").asBoolean()) {
                assertThat(said).as(row.toString()).isFalse();
            }
        }
        assertThat(judged).isPositive();
        assertThat(different).hasSizeLessThanOrEqualTo(judged * 3 / 100);
    }

    private static GradedAnswer whole(Grader grader, JsonNode row) {
        return grader.grade(row.get("prediction").asText(), row.get("reference").asText(), List.of());
    }

    private static List<String> candidates(JsonNode row) {
        List<String> candidates = new ArrayList<>();
        row.get("candidates").forEach(candidate -> candidates.add(candidate.asText()));
        return candidates;
    }

    private static List<JsonNode> rows(String task) {
        String name = "/grading/" + task + ".jsonl";
        List<JsonNode> rows = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(OracleGradingTest.class.getResourceAsStream(name)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                rows.add(JSON.readTree(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }
}

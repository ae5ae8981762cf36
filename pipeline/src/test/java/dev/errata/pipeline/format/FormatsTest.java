package dev.errata.pipeline.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.CommonsenseQa;
import dev.errata.pipeline.task.Gsm8k;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotBlank;
import org.junit.jupiter.api.Test;

class FormatsTest {
    private static final AnswerReader NUMBERS = new AnswerReader(AnswerKind.NUMBER, List.of());
    private static final Pattern PROMPT = Pattern.compile(
            "For the following math problem, the original solution is incorrect\\. Please identify the incorrect step,"
                    + " explain why it is incorrect, and correct the original solution starting from the incorrect step\\.\n"
                    + "Question: (?<question>.+)\nOriginal Solution:\n\\{\n(?<steps>Step 1: .*)\n\\}\nIncorrect Step:",
            Pattern.DOTALL);
    private static final Pattern COMPLETION = Pattern.compile(
            " Step (?<wrong>\\d+)\\.\nExplanation: (?<why>.+?)\nCorrect Solution:\n\\{\n(?<dots>\\.\\.\\.\n)?"
                    + "Step (?<first>\\d+): (?<rest>.*The answer is [^\n]+\\.)\n\\}\n?",
            Pattern.DOTALL);

    @Test
    void stepsAreTheNonEmptyLinesWithoutMarkersNotesAndAnswer() {
        assertThat(Steps.of("Step 1: 3+4 = <<3+4=7>>7\n\n- She doubles it.\n2) 7*2 = 14\nThe answer is 14."))
                .containsExactly("3+4 = 7", "She doubles it.", "7*2 = 14");
        assertThat(Steps.of("5 - 3 = 2\n1.5 * 2 = 3\n#### 3")).containsExactly("5 - 3 = 2", "1.5 * 2 = 3");
        assertThat(Steps.of("The answer is 3.")).isEmpty();
        assertThat(Steps.of("\r\n \t\n")).isEmpty();
    }

    @Test
    void aTextOfOneLineIsSplitIntoSentences() {
        assertThat(Steps.of("Mr. Lee has 3.5 lb. of rice. he buys 2 more! So 3.5 + 2 = 5.5. The answer is 5.5."))
                .containsExactly("Mr. Lee has 3.5 lb. of rice.", "he buys 2 more!", "So 3.5 + 2 = 5.5.");
        assertThat(Steps.of("Step 1: 3+4 = 7 Step 2: 7*2 = 14")).containsExactly("3+4 = 7", "7*2 = 14");
        assertThat(Steps.of("1. She has 5. 2. He has 6.")).containsExactly("She has 5.", "He has 6.");
    }

    @Test
    void aChainOfThoughtRowIsOneLineThatEndsInTheAnswer() {
        Problem problem = new Problem("p-1", "Why?\nAnswer: {1}", "18", "A = <<1+1=2>>2.\n\nB = 18. The answer is B.");
        TrainingRow row = new Gsm8k().cotRow(problem);
        assertThat(row.prompt())
                .isEqualTo(
                        "Please solve the following math problem.\nQuestion: Why?\nAnswer: {1}\nAnswer: Let's think step by step.\n");
        assertThat(row.completion()).isEqualTo("A = 2. B = 18. the answer is B. The answer is 18.");
        assertThat(CotFormat.completion(List.of(), "5")).isEqualTo("The answer is 5.");
    }

    @Property(tries = 200)
    void everyCorrectionRowIsInTheFormat(
            @ForAll @NotBlank String question,
            @ForAll @IntRange(min = 1, max = 3) int wrong,
            @ForAll @NotBlank String explanation) {
        Problem problem = new Problem("p-1", question, "14", null);
        ReasoningPath path = path("a = 1\nb = 2}\nc {3\nThe answer is 3.");
        Correction correction = new Correction(
                "p-1",
                0,
                "replay",
                null,
                wrong,
                "Because " + explanation,
                "Step 9: 7 * 2 = 14. Yes.",
                "14",
                true,
                null);
        TrainingRow row = new Gsm8k().correctionRow(problem, path, correction, CorrectionPart.ALL);
        Matcher prompt = PROMPT.matcher(row.prompt());
        Matcher completion = COMPLETION.matcher(row.completion());
        assertThat(prompt.matches()).isTrue();
        assertThat(prompt.group("question")).isEqualTo(question);
        assertThat(prompt.group("steps")).isEqualTo("Step 1: a = 1\nStep 2: b = 2}\nStep 3: c {3");
        assertThat(completion.matches()).isTrue();
        assertThat(completion.group("first"))
                .isEqualTo(completion.group("wrong"))
                .isEqualTo("" + wrong);
        assertThat(completion.group("dots") != null).isEqualTo(wrong > 1);
        assertThat(completion.group("rest")).isEqualTo("7 * 2 = 14. Yes.\nThe answer is 14.");
    }

    @Test
    void aCorrectionMayLeavePartsOutOfPromptAndCompletion() {
        Problem problem = new Problem("p-1", "How many?", "14", null);
        ReasoningPath path = path("a = 1\nb = 2\nThe answer is 3.");
        Correction correction =
                new Correction("p-1", 0, "replay", null, 2, "It adds.", "Step 2: 7 * 2 = 14", "14", true, null);
        String query = "Question: How many?\nOriginal Solution:\n{\nStep 1: a = 1\nStep 2: b = 2\n}\n";
        String wrong = "For the following math problem, the original solution is incorrect. Please ";
        String solution = "\n{\n...\nStep 2: 7 * 2 = 14\nThe answer is 14.\n}";
        assertThat(row(problem, path, correction, "solution", "step"))
                .isEqualTo(new TrainingRow(
                        wrong
                                + "identify the incorrect step and correct the original solution starting from the incorrect"
                                + " step.\n" + query + "Incorrect Step:",
                        " Step 2.\nCorrect Solution:" + solution,
                        "correction",
                        "p-1"));
        assertThat(row(problem, path, correction, "explanation", "solution"))
                .isEqualTo(new TrainingRow(
                        wrong + "explain why it is incorrect and correct the original solution.\n" + query
                                + "Explanation:",
                        " It adds.\nCorrect Solution:" + solution,
                        "correction",
                        "p-1"));
        assertThat(row(problem, path, correction, "step", "explanation").completion())
                .isEqualTo(" Step 2.\nExplanation: It adds.");
        assertThat(row(problem, path, correction, "solution").completion()).isEqualTo(solution);
    }

    private static TrainingRow row(Problem problem, ReasoningPath path, Correction correction, String... parts) {
        return new Gsm8k().correctionRow(problem, path, correction, CorrectionPart.named(List.of(parts)));
    }

    @Test
    void aCorrectionOfAWholeAnswerHasNoStepToLeaveOut() {
        Problem problem = new Problem("p-1", "Where?", "sea", null, List.of("sea", "sky"), null, null);
        ReasoningPath path = path("Sky - Up.\nThe answer is sky.");
        Correction correction =
                new Correction("p-1", 0, "replay", null, null, "It is not up.", "Sea - Down.", "sea", true, null);
        CommonsenseQa task = new CommonsenseQa();
        TrainingRow whole = task.correctionRow(problem, path, correction, CorrectionPart.ALL);
        assertThat(whole.prompt()).endsWith("}\nMistakes:");
        assertThat(whole.completion())
                .isEqualTo(" It is not up.\nCorrected Answer:\n{\nSea - Down.\nThe answer is sea.\n}");
        TrainingRow bare = task.correctionRow(problem, path, correction, CorrectionPart.named(List.of("solution")));
        assertThat(bare.prompt()).endsWith("}\nCorrected Answer:");
        assertThat(bare.completion()).isEqualTo("\n{\nSea - Down.\nThe answer is sea.\n}");
        assertThat(task.correctedRow(problem, path, correction).completion())
                .isEqualTo("Sea - Down. The answer is sea.");
        assertThat(task.corrections().parts()).doesNotContain(CorrectionPart.STEP);
    }

    @Test
    void aCorrectedSolutionIsThePathsRightStepsAndTheCorrections() {
        Problem problem = new Problem("p-1", "How many?", "14", null);
        Correction correction = new Correction(
                "p-1", 0, "replay", null, 2, "It adds.", "Step 2: 7 * 2 = 14\nStep 3: done", "14", true, null);
        TrainingRow row = new Gsm8k().correctedRow(problem, path("a = 1\nb = 2\nThe answer is 3."), correction);
        assertThat(row)
                .isEqualTo(new TrainingRow(
                        new Gsm8k().prompt(problem), "a = 1 7 * 2 = 14 done The answer is 14.", "corrected", "p-1"));
    }

    @Property(tries = 100)
    void readsBackWhatItWrote(@ForAll @IntRange(min = 1, max = 3) int wrong) {
        List<String> solution = List.of("7 * 2 = 14 coins. That is all.", "14 + 1 = 15");
        String text = CorrectionFormat.completion(wrong, "7 * 2 is 14,\nnot 15.", solution, "15");
        assertThat(CorrectorAnswer.ofSteps(text, 3, NUMBERS))
                .isEqualTo(new CorrectorAnswer.Read(wrong, "7 * 2 is 14, not 15.", solution, "15"));
    }

    @Test
    void forgivesACorrectorItsLabelsAndBraces() {
        CorrectorAnswer.Read wanted = new CorrectorAnswer.Read(2, "It adds.", List.of("3 * 4 = 12"), "12");
        for (String text : List.of(
                "\n Incorrect Step: Step 2.\nExplanation: It adds.\nCorrect Solution:\n{\n...\nStep 2: 3 * 4 = 12\nThe answer is 12.\n}",
                "**Step 2**\n\n**Explanation:** It adds.\n\n**Correct Solution:**\nStep 1: 1 + 2 = 3\nStep 2: 3 * 4 = 12\nThe answer is 12",
                "2. Explanation: It adds. Correct Solution: { ... Step 2: 3 * 4 = 12 The answer is 12. }",
                "Step 2.\nExplanation: It adds.\nCorrect Solution:\n{\n...\nStep 2: 3 * 4 = 12\nThe answer is 12.\n}\n\nQuestion: next\nThe answer is 5.")) {
            assertThat(CorrectorAnswer.ofSteps(text, 3, NUMBERS)).as(text).isEqualTo(wanted);
        }
    }

    @Test
    void saysWhyATextIsNoCorrection() {
        assertThat(reason("I am sorry, all of it looks fine to me.")).isEqualTo("not in the format");
        assertThat(reason("")).isEqualTo("not in the format");
        assertThat(reason("Step 1.\nExplanation: so.\nCorrect Solution:\n{\n}")).isEqualTo("not in the format");
        assertThat(reason("Step 9.\nExplanation: so.\nCorrect Solution:\n{\nStep 9: a\nThe answer is 1.\n}"))
                .isEqualTo("names no step of the solution");
        assertThat(reason("Step 1.\nExplanation: so.\nCorrect Solution:\n{\nStep 1: none\n}"))
                .isEqualTo("no final answer");
        assertThat(reason("{".repeat(100_000))).isEqualTo("not in the format");
    }

    @Test
    void theCorrectorIsShownFourExamplesAndTheWholeQuery() {
        String prompt = new Gsm8k()
                .corrections()
                .ask("How many?", new ReasoningPath("p-1", 0, "m", 0, 0, "1 + 1 = 3\n3 * 2 = 6", null, "6", false));
        assertThat(prompt)
                .endsWith(
                        "Question: How many?\nOriginal Solution:\n{\nStep 1: 1 + 1 = 3\nStep 2: 3 * 2 = 6\nThe answer is 6.\n}\nIncorrect Step:");
        assertThat(prompt.split("Original Solution:", -1)).hasSize(6);
        assertThat(prompt.split("Explanation:", -1)).hasSize(5);
        assertThat(prompt.split("Correct Solution:", -1)).hasSize(5);
        assertThat(prompt).contains("Incorrect Step: Step 1.", "Incorrect Step: Step 2.", "Incorrect Step: Step 3.");
    }

    private static String reason(String text) {
        return ((CorrectorAnswer.Rejected) CorrectorAnswer.ofSteps(text, 3, NUMBERS)).reason();
    }

    private static ReasoningPath path(String text) {
        return new ReasoningPath("p-1", 0, "m", 0.7, 1, text, null, "3", false);
    }
}

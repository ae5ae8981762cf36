package dev.errata.pipeline.correct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.grade.FinalAnswer;
import dev.errata.pipeline.grade.Task;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AnswerKeyTest {
    private static final Problem EGGS = new Problem(
            "test-1",
            "Janet's ducks lay 16 eggs per day. She eats three and bakes with four. She sells the rest for $2 each. How much?",
            "18",
            "Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 duck eggs a day.\nShe makes 9 * 2 = $<<9*2=18>>18 every day.");

    @Test
    void namesWrongArithmeticAndGoesOnWithTheAnnotation() {
        CorrectorAnswer.Read read = read("She sells 16 - 3 - 4 = 9 eggs.\nShe makes 9 * 2 = $19.\nThe answer is 19.");
        assertThat(read.incorrectStep()).isEqualTo(2);
        assertThat(read.explanation()).isEqualTo("The arithmetic is wrong. 9 * 2 is 18, not 19.");
        assertThat(read.correctSolution()).isEqualTo("Step 2: She makes 9 * 2 = $18 every day.");
        assertThat(read.finalAnswer()).isEqualTo("18");
    }

    @Test
    void namesAComputationThatTheSolutionDoesNotNeed() {
        CorrectorAnswer.Read read = read("She has 16 - 3 = 13 eggs left.\nShe makes 13 * 2 = $26.\nThe answer is 26.");
        assertThat(read.incorrectStep()).isEqualTo(1);
        assertThat(read.explanation()).isEqualTo("The solution does not need 16 - 3 = 13. It needs 16 - 3 - 4 = 9.");
        assertThat(read.solution()).hasSize(2);
    }

    @Test
    void bearsOutAStepThatLeadsToAValueOfTheAnnotation() {
        CorrectorAnswer.Read read =
                read("She uses 3 + 4 = 7 eggs.\nShe sells 16 - 7 = 9 eggs.\nShe makes 9 + 2 = 11.\nThe answer is 11.");
        assertThat(read.incorrectStep()).isEqualTo(3);
        assertThat(read.solution()).containsExactly("She makes 9 * 2 = $18 every day.");
    }

    @Test
    void namesTheStepThatIsMissingAtTheEnd() {
        CorrectorAnswer.Read read = read("She sells 16 - 3 - 4 = 9 eggs.\nThe answer is 9.");
        assertThat(read.incorrectStep()).isEqualTo(2);
        assertThat(read.explanation()).isEqualTo("The solution stops too early. It needs 9 * 2 = 18.");
    }

    @Test
    void namesTheLastStepWhenOnlyTheAnswerIsMisread() {
        CorrectorAnswer.Read read = read("She sells 16 - 3 - 4 = 9 eggs.\nShe makes 9 * 2 = $18.\nThe answer is 9.");
        assertThat(read.incorrectStep()).isEqualTo(2);
        assertThat(read.explanation()).isEqualTo("The answer 9 is not what the steps lead to.");
    }

    @Test
    void rejectsWhatItCannotAlign() {
        assertThat(reason(EGGS, "The answer is 5.")).isEqualTo("no steps");
        assertThat(reason(EGGS, "I think so.\nMaybe.")).isEqualTo("no numbers");
        assertThat(reason(EGGS, "There are 5 * 5 = 25 cats.\nThe answer is 25."))
                .isEqualTo("cannot be aligned");
        Problem bare = new Problem("p", EGGS.question(), "18", null);
        assertThat(reason(bare, "She sells 16 - 3 - 4 = 9 eggs.")).isEqualTo("no annotated solution");
    }

    @Test
    void rejectsASpliceWhoseStepsUseWhatNothingBeforeThemComputes() {
        Problem washes = new Problem(
                "p",
                "He gets a wash 4 times a month for $15. How much a year?",
                "720",
                "He gets 4*12=<<4*12=48>>48 washes a year\nIt costs 48*15=$<<48*15=720>>720");
        assertThat(reason(washes, "He pays 4*15=60 a month.\nThat is 60*12=720 a year.\nThat is 720*15=10800 in all."))
                .isEqualTo("does not follow");
    }

    @Property(tries = 100)
    void findsTheStepThatWasMadeWrong(
            @ForAll @IntRange(min = 11, max = 90) int a,
            @ForAll @IntRange(min = 4, max = 10) int b,
            @ForAll @IntRange(min = 2, max = 6) int c,
            @ForAll @IntRange(min = 1, max = 2) int wrong) {
        int sum = a + b;
        Problem problem = new Problem(
                "own-1",
                "Boki has " + a + " pears and buys " + b + " more. Each is worth " + c + " coins. What are they worth?",
                "" + sum * c,
                "Boki has %d+%d = <<%d+%d=%d>>%d pears.\nThey are worth %d*%d = <<%d*%d=%d>>%d coins."
                        .formatted(a, b, a, b, sum, sum, sum, c, sum, c, sum * c, sum * c));
        int total = sum + (wrong == 1 ? 1 : 0);
        int value = total * c + (wrong == 2 ? 1 : 0);
        ReasoningPath path =
                path("Boki has %d + %d = %d pears.\nThe pears are worth %d * %d = %d coins.\nThe answer is %d."
                        .formatted(a, b, total, total, c, value, value));
        Correction correction = new CorrectionFilter(Task.GSM8K)
                .judge(problem, path, "answer-key", null, AnswerKey.correct(problem, path));
        assertThat(correction.kept()).isTrue();
        assertThat(correction.incorrectStep()).isEqualTo(wrong);
        assertThat(correction.finalAnswer()).isEqualTo(problem.answer());
    }

    @Property(tries = 200)
    void anyTextIsCorrectedOrRejectedWithAReason(@ForAll String text) {
        CorrectorAnswer answer = AnswerKey.correct(EGGS, path(text + "\n16 - 3 = 12"));
        assertThat(answer).isNotNull();
    }

    private static CorrectorAnswer.Read read(String text) {
        return (CorrectorAnswer.Read) AnswerKey.correct(EGGS, path(text));
    }

    private static String reason(Problem problem, String text) {
        return ((CorrectorAnswer.Rejected) AnswerKey.correct(problem, path(text))).reason();
    }

    private static ReasoningPath path(String text) {
        return new ReasoningPath("test-1", 0, "m", 0.7, 1, text, null, FinalAnswer.of(text, Task.GSM8K), false);
    }
}

package dev.errata.pipeline.correct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.FinalAnswer;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.task.Gsm8k;
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
        CorrectorAnswer.Read read =
                read("She sells 16 + 3 + 4 = 23 eggs a day.\nShe makes 23 * 2 = $46.\nThe answer is 46.");
        assertThat(read.incorrectStep()).isEqualTo(1);
        assertThat(read.explanation())
                .isEqualTo("The solution does not need 16 + 3 + 4 = 23. It needs 16 - 3 - 4 = 9.");
        assertThat(read.solution()).hasSize(2);
    }

    /** Thirteen eggs are left after breakfast; that she sells them is said a step later. */
    @Test
    void blamesNoStepThatMayBeOnTheWayToTheAnswer() {
        assertThat(reason(EGGS, "She has 16 - 3 = 13 eggs left.\nShe makes 13 * 2 = $26.\nThe answer is 26."))
                .isEqualTo("first wrong step not sure");
    }

    @Test
    void passesNoStepWhoseValueMerelyOccurs() {
        Problem shells = new Problem(
                "train-2-918",
                "Tom makes 2 shells each day for 6 days. 3 friends each give Tom 7 shells. How many shells does Tom have now?",
                "33",
                "Tom has 2 * 6 = 12 shells.\nThe friends give 3 * 7 = 21 shells.\nTom has 12 + 21 = 33 shells.");
        CorrectorAnswer.Read read = (CorrectorAnswer.Read) AnswerKey.correct(
                shells,
                path("Tom has 2 * 3 = 6 shells. The friends give 2 * 6 = 12 shells. Tom has 6 + 12 = 18 shells."
                        + " The answer is 18."));
        assertThat(read.incorrectStep()).isEqualTo(1);
        assertThat(read.explanation()).isEqualTo("The solution does not need 2 * 3 = 6. It needs 2 * 6 = 12.");
    }

    @Test
    void isNotSureWhereTheNumbersFitAndTheOwnerDoesNot() {
        Problem toys = new Problem(
                "p",
                "Rosa has 18 toys. Tom has twice as many toys as Rosa. Rosa gives 4 toys to Tom. How many has Tom now?",
                "40",
                "Tom has 18 * 2 = 36 toys.\nTom has 36 + 4 = 40 toys.");
        assertThat(reason(toys, "Rosa has 18 * 2 = 36 toys.\nTom has 36 - 4 = 32 toys.\nThe answer is 32."))
                .isEqualTo("speaks of something else");
    }

    @Test
    void readsPercentDecimalsThousandsAndUnits() {
        Problem car = new Problem(
                "p",
                "A car costs $12,500. It loses 20% of its value in the first year and $1,250.50 in the second. What is it worth?",
                "8749.5",
                """
                It loses 12500*.2=$<<12500*.2=2500>>2,500 in the first year.
                So it is worth 12500-2500=$<<12500-2500=10000>>10,000.
                In the end it is worth 10000-1250.5=$<<10000-1250.5=8749.5>>8749.5.""");
        CorrectorAnswer.Read read = (CorrectorAnswer.Read) AnswerKey.correct(car, path("""
                        The loss is 20% of $12,500 = $2,500.
                        That leaves $12,500 - $2,500 = $10,000.
                        At last it has $10,000 - $1,250.50 = $8,849.50.
                        The answer is 8849.5."""));
        assertThat(read.incorrectStep()).isEqualTo(3);
        assertThat(read.explanation()).startsWith("The arithmetic is wrong.");
        read = (CorrectorAnswer.Read) AnswerKey.correct(car, path("""
                        After a year it is worth 12500 * 0.8 = 10000 dollars.
                        Then it is worth 10000 + 1250.5 = 11250.5 dollars.
                        The answer is 11250.5."""));
        assertThat(read.incorrectStep()).isEqualTo(2);
    }

    @Test
    void anAnnotationThatDoesNotComputeItsAnswerBearsNothingOut() {
        Problem gap = new Problem(
                "p",
                "There are 50 ants and half as many bugs. How many are there?",
                "75",
                "There are 50 ants, so the bugs are 25.\nTogether that makes seventy-five.");
        assertThat(reason(gap, "There are 50 / 2 = 25 bugs.\nThere are 50 - 25 = 25 left.\nThe answer is 25."))
                .isEqualTo("cannot be aligned");
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
    void blamesNoStepWhereOnlyTheAnswerIsMisread() {
        assertThat(reason(EGGS, "She sells 16 - 3 - 4 = 9 eggs.\nShe makes 9 * 2 = $18.\nThe answer is 9."))
                .isEqualTo("only the answer is wrong");
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
        Correction correction = new CorrectionFilter(new Gsm8k())
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
        return new ReasoningPath("test-1", 0, "m", 0.7, 1, text, null, FinalAnswer.of(text, AnswerKind.NUMBER), false);
    }
}

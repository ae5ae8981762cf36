package dev.errata.pipeline.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.CorrectionPart;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.BadInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TasksTest {
    static List<Task> tasks() {
        return Tasks.ALL;
    }

    private static ReasoningPath wrong(Problem problem, String text) {
        return new ReasoningPath(problem.id(), 0, "m", 0, 0, text, "stop", null, false);
    }

    @Test
    void namesTheTaskThatWasMeant() {
        assertThatThrownBy(() -> Tasks.named("gms8k", "--task"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("unknown task \"gms8k\", did you mean gsm8k", "--task", "aqua");
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void everyExampleEndsInItsAnswerInTheFormAskedFor(Task task) {
        for (Problem example : task.examples()) {
            TrainingRow row = task.cotRow(example);
            AnswerReader reader = task.reader(example);
            assertThat(row.prompt()).startsWith(task.instruction()).contains(task.shown(example));
            assertThat(row.completion()).endsWith("The answer is " + example.answer() + ".");
            assertThat(task.isRight(reader.in(row.completion()), example))
                    .as(row.toString())
                    .isTrue();
            assertThat(task.isRight(reader.strictlyIn(row.completion()), example))
                    .as(row.toString())
                    .isTrue();
        }
        assertThat(task.examples()).hasSizeGreaterThanOrEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void aCorrectorsAnswerInTheTasksFormBecomesATrainingRow(Task task) {
        Problem problem = task.examples().getFirst();
        ReasoningPath wrong = wrong(problem, "It is so.\nThen it is that.\nThe answer is 7.");
        CorrectionForm form = task.corrections();
        String prompt = form.ask(task.shown(problem), wrong);
        boolean bySteps = prompt.endsWith("Incorrect Step:");
        String text = bySteps
                ? " Step 2.\nExplanation: It isn't that.\nCorrect Solution:\n{\n...\nStep 2: It is this.\nThe answer is "
                        + problem.answer() + ".\n}"
                : " It isn't that.\nCorrected Answer:\n{\nIt is this.\nThe answer is " + problem.answer() + ".\n}";
        assertThat(prompt).contains(task.shown(problem)).endsWith(bySteps ? "Incorrect Step:" : "Mistakes:");
        assertThat(form.isClosed(text)).isTrue();
        assertThat(form.isClosed(text.substring(0, text.length() - 2))).isFalse();
        Correction kept = kept(form.read(text, wrong, task.reader(problem)), problem);
        TrainingRow row = task.correctionRow(problem, wrong, kept, CorrectionPart.ALL);
        assertThat(row.completion()).isEqualTo(text);
        assertThat(row.prompt()).contains(task.shown(problem), "Then it is that.");
        assertThat(row.kind()).isEqualTo("correction");
    }

    private static Correction kept(CorrectorAnswer answer, Problem problem) {
        return switch (answer) {
            case CorrectorAnswer.Read read ->
                new Correction(
                        problem.id(),
                        0,
                        "c",
                        null,
                        2,
                        read.explanation(),
                        read.correctSolution(),
                        read.finalAnswer(),
                        true,
                        null);
            case CorrectorAnswer.Whole whole ->
                new Correction(
                        problem.id(),
                        0,
                        "c",
                        null,
                        null,
                        whole.mistakes(),
                        whole.solution(),
                        whole.finalAnswer(),
                        true,
                        null);
            case CorrectorAnswer.Rejected rejected -> throw new AssertionError(rejected.reason());
        };
    }

    @Test
    void aWholeCorrectionSaysWhyItIsNone() {
        Task csqa = new CommonsenseQa();
        Problem problem = csqa.examples().getFirst();
        ReasoningPath wrong = wrong(problem, "So it is.\nThe answer is bed.");
        for (String text : List.of(
                "I find no mistakes.",
                " It errs.\nCorrected Answer:\n{\nThe answer is hallway.\n}",
                "Corrected Answer:\n{\nso\nThe answer is hallway.\n}",
                " It errs.\nCorrected Answer:\n{\nNothing is certain.\n}")) {
            assertThat(csqa.corrections().read(text, wrong, csqa.reader(problem)))
                    .as(text)
                    .isInstanceOf(CorrectorAnswer.Rejected.class);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            The answer is B.                               | B
            The answer is (b).                             | B
            The answer is **B**.                           | B
            The answer is option B.                        | B
            The answer is B) -3                            | B
            The answer is (B) -3.                          | B
            The answer is -3.                              | B
            The answer is 3.                               |
            The answer is 21.0 km.                         | A
            The answer is $21 km$.                         | A
            The answer is none of these.                   | C
            The answer is A train.                         |
            The answer is F.                               |
            So it is -3                                    | B
            It can't be said                               |
            """)
    void aLetterIsFoundByItselfOrByItsOption(String text, String letter) {
        AnswerReader reader = new AnswerReader(AnswerKind.LETTER, List.of("A)21 km", "B)-3", "C)None of these"));
        assertThat(reader.in(text)).isEqualTo(letter);
    }

    @Test
    void theLastCandidateIsFoundWhateverStandsAround() {
        AnswerReader letters = new AnswerReader(AnswerKind.LETTER, List.of("21", "22", "23"));
        assertThat(letters.lastIn("(a) is too small. A train is no answer, so B"))
                .isEqualTo("B");
        assertThat(letters.lastIn("It is 22")).isNull();
        AnswerReader words = new AnswerReader(AnswerKind.CHOICE, List.of("station", "train station", "mall"));
        assertThat(words.lastIn("Not the mall but the train station, I think")).isEqualTo("train station");
        AnswerReader numbers = new AnswerReader(AnswerKind.NUMBER, List.of());
        assertThat(numbers.lastIn("The answer is 5. Is it 6?")).isEqualTo("6");
        assertThat(numbers.strictlyIn("So 6")).isNull();
        assertThat(new AnswerReader(AnswerKind.LATEX, List.of()).lastIn("so $\\boxed{\\frac12}$, which is 0.5"))
                .isEqualTo("\\frac12");
    }
}

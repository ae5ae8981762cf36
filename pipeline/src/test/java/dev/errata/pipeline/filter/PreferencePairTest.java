package dev.errata.pipeline.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.filter.PreferencePair.Length;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.task.Task;
import dev.errata.pipeline.task.Tasks;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PreferencePairTest {
    private static final Task GSM8K = Tasks.named("gsm8k", "test");
    private static final Problem PROBLEM = new Problem("p", "What is 1 + 1 + 2?", "4", "1 + 1 = 2.\n2 + 2 = 4.");
    private static final String PROMPT = GSM8K.prompt(PROBLEM);

    private static Optional<PreferencePair> pair(
            String path, String wrongAnswer, Integer step, String solution, Length length) {
        var wrong = new ReasoningPath("p", 0, "m", 0.7, 0, path, "stop", wrongAnswer, false);
        var correction = new Correction("p", 0, "local", "t", step, "why", solution, "4", true, null);
        return PreferencePair.of(GSM8K, new KeptCorrection(PROBLEM, wrong, correction), length, prompt -> prompt);
    }

    @Test
    void thePromptHoldsTheRightStepsAndTheTwoStepsDiffer() {
        assertThat(pair("1 + 1 = 2.\n2 + 2 = 5.\nThe answer is 5.", "5", 2, "Step 2: 2 + 2 = 4.", Length.STEP))
                .contains(new PreferencePair(PROMPT + "1 + 1 = 2.", " 2 + 2 = 4.", " 2 + 2 = 5."));
    }

    @Test
    void theTextsJoinedAreWhatAChainOfThoughtRowIs() {
        String solution = "Step 1: 1 + 1 = 2.\nStep 2: 2 + 2 = 4.";
        PreferencePair whole = pair("1 + 1 = 3.\n3 + 2 = 5.\nThe answer is 5.", "5", 1, solution, Length.REST)
                .orElseThrow();
        assertThat(whole.prompt()).isEqualTo(PROMPT);
        assertThat(whole.chosen()).isEqualTo(GSM8K.cotRow(PROBLEM).completion());
        assertThat(whole.rejected()).isEqualTo("1 + 1 = 3. 3 + 2 = 5. The answer is 5.");
        PreferencePair second = pair(
                        "1 + 1 = 2.\n2 + 2 = 5.\nThe answer is 5.", "5", 2, "Step 2: 2 + 2 = 4.", Length.REST)
                .orElseThrow();
        assertThat(second.prompt() + second.chosen())
                .isEqualTo(PROMPT + GSM8K.cotRow(PROBLEM).completion());
    }

    /** Step 2 is missing: the path answers where it should have gone on. */
    @Test
    void aPathThatStopsTooEarlyIsRejectedWithItsAnswer() {
        assertThat(pair("1 + 1 = 2.\nThe answer is 2.", "2", 2, "Step 2: 2 + 2 = 4.", Length.STEP))
                .contains(new PreferencePair(PROMPT + "1 + 1 = 2.", " 2 + 2 = 4.", " The answer is 2."));
        assertThat(pair("1 + 1 = 2.", null, 2, "Step 2: 2 + 2 = 4.", Length.STEP))
                .isEmpty();
    }

    @Test
    void equalStepsMakeNoPair() {
        assertThat(pair("1 + 1 = 2.\n2 + 2 = 5.", "5", 1, "Step 1: 1 + 1 = 2.\nStep 2: 2 + 2 = 4.", Length.STEP))
                .isEmpty();
    }

    @Test
    void aCorrectionOfAWholeAnswerMakesAPairOfWholeAnswers() {
        Task csqa = Tasks.named("csqa", "test");
        var problem = new Problem("p", "Where do birds rest?", "nest", null, List.of("nest", "sea"), null, null);
        var wrong = new ReasoningPath("p", 0, "m", 0, 0, "Birds swim. The answer is sea.", "stop", "sea", false);
        var correction =
                new Correction("p", 0, "local", "t", null, "They don't.", "Birds sit in nests.", "nest", true, null);
        assertThat(PreferencePair.of(csqa, new KeptCorrection(problem, wrong, correction), Length.STEP, p -> p))
                .contains(new PreferencePair(
                        csqa.prompt(problem),
                        "Birds sit in nests. The answer is nest.",
                        "Birds swim. The answer is sea."));
    }

    @Test
    void aTemplateWrapsThePromptAndNotTheSteps() {
        var wrong = new ReasoningPath("p", 0, "m", 0, 0, "1 + 1 = 2.\n2 + 2 = 5.", "stop", "5", false);
        var correction = new Correction("p", 0, "local", "t", 2, "why", "Step 2: 2 + 2 = 4.", "4", true, null);
        assertThat(PreferencePair.of(
                                GSM8K,
                                new KeptCorrection(PROBLEM, wrong, correction),
                                Length.STEP,
                                p -> "<u>" + p + "<a>")
                        .orElseThrow()
                        .prompt())
                .isEqualTo("<u>" + PROMPT + "<a>1 + 1 = 2.");
    }
}

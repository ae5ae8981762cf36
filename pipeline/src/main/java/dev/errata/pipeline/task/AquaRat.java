package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.StepCorrections;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.record.Problem;
import java.util.List;
import java.util.Optional;

/**
 * AQuA-RAT (Ling et al., 2017): {@code question}, {@code options} as {@code A)21}, {@code rationale}, {@code correct}. The answer is a
 * letter; a text that gives an option's own words or value is understood too.
 */
public final class AquaRat implements Task {
    private static final List<Problem> EXAMPLES = List.of(
            Problem.example(
                    "Five boxes weigh 32 kg on average. When a sixth is added, the average is 30 kg. What does the sixth weigh?",
                    "A",
                    List.of("20 kg", "22 kg", "25 kg", "28 kg", "30 kg"),
                    "The five boxes weigh 5 * 32 = 160 kg.\nThe six boxes weigh 6 * 30 = 180 kg.\nThe sixth weighs 180 - 160 = 20 kg."),
            Problem.example(
                    "If 3x - y = 7 and x + y = 5, then what is x / y?",
                    "B",
                    List.of("1", "3/2", "2", "5/2", "3"),
                    "Adding the equations gives 4x = 12, so x = 3.\nThen y = 5 - 3 = 2.\nSo x / y = 3/2."),
            Problem.example(
                    "A tank is filled by one pipe in 6 hours and by another in 12 hours. How long do both together take?",
                    "D",
                    List.of("9 hours", "8 hours", "6 hours", "4 hours", "3 hours"),
                    "In an hour the pipes fill 1/6 + 1/12 = 1/4 of the tank.\nTogether they take 4 hours."),
            Problem.example(
                    "How many digits does one write to number the pages of a book from 1 to 120?",
                    "C",
                    List.of("120", "240", "252", "249", "360"),
                    "The 9 pages from 1 to 9 take 9 digits.\nThe 90 pages from 10 to 99 take 90 * 2 = 180 digits.\nThe 21 pages from 100 to 120 take 21 * 3 = 63 digits.\nTogether these are 9 + 180 + 63 = 252 digits."));

    private static final StepCorrections CORRECTIONS =
            new StepCorrections(WordProblems.CORRECTIONS.instruction(), List.of("""
            Question: A train of 150 m passes a pole in 10 seconds. What is its speed in km/h?
            Answer Choices: (A) 15 (B) 36 (C) 54 (D) 60 (E) 72
            Original Solution:
            {
            Step 1: The train passes its own length in 10 seconds, so its speed is 150 / 10 = 15 m/s.
            Step 2: In km/h this is 15 * 2.4 = 36.
            The answer is B.
            }
            Incorrect Step: Step 2.
            Explanation: One m/s is 3.6 km/h, as an hour has 3600 seconds and a km 1000 m. The step takes 2.4.
            Correct Solution:
            {
            ...
            Step 2: In km/h this is 15 * 3.6 = 54.
            The answer is C.
            }
            """, """
            Question: A sum doubles in 8 years at simple interest. What is the yearly rate?
            Answer Choices: (A) 8% (B) 10% (C) 12.5% (D) 25% (E) None of these
            Original Solution:
            {
            Step 1: The sum doubles, so the interest is 200% of it.
            Step 2: Over 8 years this is 200 / 8 = 25% a year.
            The answer is D.
            }
            Incorrect Step: Step 1.
            Explanation: To double, the sum must earn itself once. The interest is 100% of it, not 200%.
            Correct Solution:
            {
            Step 1: The sum doubles, so the interest is 100% of it.
            Step 2: Over 8 years this is 100 / 8 = 12.5% a year.
            The answer is C.
            }
            """, """
            Question: 6 workers build a wall in 12 days. How many days do 8 workers need?
            Answer Choices: (A) 16 (B) 10 (C) 8 (D) 9 (E) 6
            Original Solution:
            {
            Step 1: The wall takes 6 * 12 = 72 days of one worker.
            Step 2: 8 workers need 72 / 8 = 9 days.
            Step 3: More workers need more time, so it is 9 + 7 = 16 days.
            The answer is A.
            }
            Incorrect Step: Step 3.
            Explanation: More workers need less time, and step 2 has already found it. Nothing is to be added.
            Correct Solution:
            {
            ...
            Step 3: So they need 9 days.
            The answer is D.
            }
            """, """
            Question: The price of a coat falls by 20% and then rises by 20%. It was $50. What is it now?
            Answer Choices: (A) $50 (B) $48 (C) $52 (D) $40 (E) $46
            Original Solution:
            {
            Step 1: After the fall the coat costs 50 * 0.8 = $40.
            Step 2: It rises by 20% of $50, so it costs 40 + 10 = $50.
            The answer is A.
            }
            Incorrect Step: Step 2.
            Explanation: The rise is 20% of the price that the coat has then, $40, not of the first price.
            Correct Solution:
            {
            ...
            Step 2: It rises by 20% of $40, so it costs 40 + 8 = $48.
            The answer is B.
            }
            """));

    @Override
    public String name() {
        return "aqua";
    }

    @Override
    public AnswerKind answers() {
        return AnswerKind.LETTER;
    }

    @Override
    public PublicData data() {
        return new PublicData("test.json, a row a line", "https://github.com/google-deepmind/AQuA");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        return row.hasAll("question", "options", "correct")
                ? Optional.of(new Problem(
                        null,
                        row.text("question"),
                        row.text("correct"),
                        row.textOrNull("rationale"),
                        row.texts("options"),
                        null,
                        null))
                : Optional.empty();
    }

    @Override
    public String instruction() {
        return WordProblems.INSTRUCTION;
    }

    @Override
    public String shown(Problem problem) {
        StringBuilder shown = new StringBuilder(problem.question()).append("\nAnswer Choices:");
        for (int i = 0; i < problem.choices().size(); i++) {
            shown.append(" (")
                    .append((char) ('A' + i))
                    .append(") ")
                    .append(problem.choices().get(i));
        }
        return shown.toString();
    }

    @Override
    public List<Problem> examples() {
        return EXAMPLES;
    }

    @Override
    public CorrectionForm corrections() {
        return CORRECTIONS;
    }
}

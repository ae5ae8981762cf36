package dev.errata.pipeline.format;

import java.util.List;

/**
 * What a corrector is asked: the paper's instruction (arXiv 2310.20689), four worked examples of our own, and the
 * question with its wrong solution. The examples err in step 1, 2, 2 and 3, by arithmetic and by reading the question.
 */
public final class CorrectorPrompt {
    private static final String INSTRUCTION = """
            For the following math problems, the original solutions may contain errors. Please identify the incorrect step in each solution, explain why it is incorrect, and correct the original solution starting from the incorrect step.

            """;

    private static final List<String> EXAMPLES = List.of("""
            Question: A baker fills 6 trays with 14 rolls each. She sells 59 rolls in the morning and gives 5 to her neighbour. How many rolls are left?
            Original Solution:
            {
            Step 1: The trays hold 6 * 14 = 84 rolls.
            Step 2: She sells 59 rolls, so 84 - 59 = 35 rolls are left.
            Step 3: She gives 5 away, so 35 - 5 = 30 rolls are left.
            The answer is 30.
            }
            Incorrect Step: Step 2.
            Explanation: The subtraction is wrong. 84 - 59 is 25, not 35.
            Correct Solution:
            {
            ...
            Step 2: She sells 59 rolls, so 84 - 59 = 25 rolls are left.
            Step 3: She gives 5 away, so 25 - 5 = 20 rolls are left.
            The answer is 20.
            }
            """, """
            Question: Omar walks 3 km to school and takes the same way home, five days a week. How many kilometres does he walk in 4 weeks?
            Original Solution:
            {
            Step 1: Omar walks 3 km a day.
            Step 2: In a week he walks 3 * 5 = 15 km.
            Step 3: In 4 weeks he walks 15 * 4 = 60 km.
            The answer is 60.
            }
            Incorrect Step: Step 1.
            Explanation: Omar walks to school and home again, so a day has two ways of 3 km. The step counts only one of them.
            Correct Solution:
            {
            Step 1: Omar walks 3 * 2 = 6 km a day.
            Step 2: In a week he walks 6 * 5 = 30 km.
            Step 3: In 4 weeks he walks 30 * 4 = 120 km.
            The answer is 120.
            }
            """, """
            Question: A ticket for the zoo costs $12 for adults and half as much for children. What do 2 adults and 5 children pay?
            Original Solution:
            {
            Step 1: A ticket for a child costs 12 / 2 = $6.
            Step 2: There are 2 + 5 = 7 people, so they pay 7 * 12 = $84.
            The answer is 84.
            }
            Incorrect Step: Step 2.
            Explanation: Only the 2 adults pay $12. The 5 children pay $6 each, so the two groups must be worked out on their own.
            Correct Solution:
            {
            ...
            Step 2: The adults pay 2 * 12 = $24.
            Step 3: The children pay 5 * 6 = $30.
            Step 4: Together they pay 24 + 30 = $54.
            The answer is 54.
            }
            """, """
            Question: Lena has 240 stamps. She keeps a quarter of them and shares the rest equally among 6 friends. How many stamps does each friend get?
            Original Solution:
            {
            Step 1: A quarter of the stamps is 240 / 4 = 60.
            Step 2: She shares 240 - 60 = 180 stamps.
            Step 3: Each friend gets 60 / 6 = 10 stamps.
            The answer is 10.
            }
            Incorrect Step: Step 3.
            Explanation: The step divides the 60 stamps that Lena keeps. Her friends share the other 180 stamps.
            Correct Solution:
            {
            ...
            Step 3: Each friend gets 180 / 6 = 30 stamps.
            The answer is 30.
            }
            """);

    private CorrectorPrompt() {}

    /**
     * The whole prompt for one wrong solution; it ends in {@code Incorrect Step:}.
     *
     * @param wrongAnswer the answer that the solution came to, or null
     */
    public static String of(String question, List<String> wrongSteps, String wrongAnswer) {
        return INSTRUCTION + String.join("\n", EXAMPLES) + "\n"
                + CorrectionFormat.query(
                        question, wrongSteps, wrongAnswer == null ? "" : "\n" + CotFormat.answerLine(wrongAnswer));
    }
}

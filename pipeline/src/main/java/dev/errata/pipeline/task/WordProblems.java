package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.StepCorrections;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.LemaCompat;
import dev.errata.pipeline.grade.NumberText;
import dev.errata.pipeline.record.Problem;
import java.util.List;
import java.util.Optional;

/** What the data sets of word problems with a number as answer have in common: the paper's wording, and examples of our own. */
interface WordProblems extends Task {
    /** The first line of the paper's prompt for all mathematics. */
    String INSTRUCTION = "Please solve the following math problem.";

    List<Problem> EXAMPLES = List.of(
            example(
                    "A baker fills 6 trays with 14 rolls each. She sells 59 rolls in the morning and gives 5 to her neighbour. How many rolls are left?",
                    "20",
                    "The trays hold 6 * 14 = 84 rolls.\nShe sells 59 rolls, so 84 - 59 = 25 rolls are left.\nShe gives 5 away, so 25 - 5 = 20 rolls are left."),
            example(
                    "Omar walks 3 km to school and takes the same way home, five days a week. How many kilometres does he walk in 4 weeks?",
                    "120",
                    "Omar walks 3 * 2 = 6 km a day.\nIn a week he walks 6 * 5 = 30 km.\nIn 4 weeks he walks 30 * 4 = 120 km."),
            example(
                    "A ticket for the zoo costs $12 for adults and half as much for children. What do 2 adults and 5 children pay?",
                    "54",
                    "A ticket for a child costs 12 / 2 = $6.\nThe adults pay 2 * 12 = $24.\nThe children pay 5 * 6 = $30.\nTogether they pay 24 + 30 = $54."),
            example(
                    "Lena has 240 stamps. She keeps a quarter of them and shares the rest equally among 6 friends. How many stamps does each friend get?",
                    "30",
                    "A quarter of the stamps is 240 / 4 = 60.\nShe shares 240 - 60 = 180 stamps.\nEach friend gets 180 / 6 = 30 stamps."),
            example(
                    "There are 38 birds on a lake. 15 of them fly away and then twice as many as are left arrive. How many birds are on the lake now?",
                    "69",
                    "When 15 birds have flown away, 38 - 15 = 23 are left.\nThen 23 * 2 = 46 birds arrive.\nNow there are 23 + 46 = 69 birds."),
            example(
                    "Tomas reads 18 pages a day. His book has 300 pages and he has read for 11 days. How many pages has he yet to read?",
                    "102",
                    "In 11 days he has read 18 * 11 = 198 pages.\nHe has yet to read 300 - 198 = 102 pages."),
            example(
                    "A shirt costs $40. In a sale it is 15% cheaper, and Mia buys three. How much does she pay?",
                    "102",
                    "The shirt is 40 * 15 / 100 = $6 cheaper.\nIt costs 40 - 6 = $34.\nThree shirts cost 34 * 3 = $102."),
            example(
                    "Ivo is 4 years older than Noa. In 6 years they will be 40 together. How old is Noa?",
                    "12",
                    "Today they are 40 - 6 * 2 = 28 together.\nWithout the 4 years that Ivo is older they would be 28 - 4 = 24.\nNoa is 24 / 2 = 12 years old."));

    /** The paper's instruction, four examples of our own; they err in step 1, 2, 2 and 3, by arithmetic and by reading the question. */
    StepCorrections CORRECTIONS = new StepCorrections(
            "For the following math problems, the original solutions may contain errors. Please identify the incorrect step in each solution, explain why it is incorrect, and correct the original solution starting from the incorrect step.",
            List.of("""
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
            """));

    /** A worked example of our own. */
    static Problem example(String question, String answer, String rationale) {
        return new Problem("example", question, answer, rationale);
    }

    /** A number that a data set stores as a number ({@code 145.0}) or as a text. */
    static String number(JsonRow row, String field) {
        if (row.fields().get(field).isNumber()) {
            String digits = row.fields().get(field).decimalValue().toPlainString();
            return NumberText.normalized(digits).orElse(digits);
        }
        return row.text(field);
    }

    @Override
    default AnswerKind answers() {
        return AnswerKind.NUMBER;
    }

    @Override
    default String instruction() {
        return INSTRUCTION;
    }

    @Override
    default List<Problem> examples() {
        return EXAMPLES;
    }

    @Override
    default CorrectionForm corrections() {
        return CORRECTIONS;
    }

    @Override
    default Optional<LemaCompat.Rule> releaseRule() {
        return Optional.of(LemaCompat.Rule.HUNDREDTHS);
    }
}

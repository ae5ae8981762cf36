package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.StepCorrections;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.FinalAnswer;
import dev.errata.pipeline.grade.LemaCompat;
import dev.errata.pipeline.record.Problem;
import java.util.List;
import java.util.Optional;

/** MATH (Hendrycks et al., 2021): {@code problem}, {@code solution} whose last {@code \boxed{}} is the answer, {@code level}. */
public final class CompetitionMath implements Task {
    private static final List<Problem> EXAMPLES = List.of(
            WordProblems.example(
                    "What is the domain of the function $f(x) = \\frac{\\sqrt{x-3}}{7-x}$? Express your answer in interval notation.",
                    "[3,7)\\cup(7,\\infty)",
                    "The square root needs $x - 3 \\ge 0$, so $x \\ge 3$.\nThe denominator must not be zero, so $x \\ne 7$.\nThe domain is $\\boxed{[3,7)\\cup(7,\\infty)}$."),
            WordProblems.example(
                    "If $\\det \\mathbf{M} = 3$ for a $2 \\times 2$ matrix $\\mathbf{M}$, find $\\det (4\\mathbf{M})$.",
                    "48",
                    "Each of the 2 rows is multiplied by 4, and the determinant with it.\nSo $\\det (4\\mathbf{M}) = 4^2 \\cdot 3 = \\boxed{48}$."),
            WordProblems.example(
                    "A line has slope $\\frac{2}{3}$ and passes through $(6, 1)$. Where does it cross the $y$-axis? Give its $y$-coordinate.",
                    "-3",
                    "The line is $y - 1 = \\frac{2}{3}(x - 6)$.\nAt $x = 0$ this gives $y = 1 - 4 = \\boxed{-3}$."),
            WordProblems.example(
                    "Two fair dice are rolled. What is the probability that their sum is 9? Express your answer as a common fraction.",
                    "\\frac{1}{9}",
                    "There are $6 \\cdot 6 = 36$ equally likely rolls.\nThe sum is 9 for $(3,6), (4,5), (5,4), (6,3)$, which are 4 rolls.\nThe probability is $\\frac{4}{36} = \\boxed{\\frac{1}{9}}$."));

    private static final StepCorrections CORRECTIONS = new StepCorrections(
            "For the following math word problems, the original solutions may contain errors. Please identify the incorrect step in each solution, explain why it is incorrect, and provide the correct solution starting from that step.",
            List.of("""
            Question: If $x + y = 10$ and $xy = 21$, what is $x^2 + y^2$?
            Original Solution:
            {
            Step 1: We know that $(x + y)^2 = x^2 + 2xy + y^2$.
            Step 2: So $x^2 + y^2 = (x + y)^2 - xy$.
            Step 3: This is $100 - 21 = \\boxed{79}$.
            The answer is 79.
            }
            Incorrect Step: Step 2.
            Explanation: From $(x + y)^2$ the whole term $2xy$ must be taken away, not $xy$.
            Correct Solution:
            {
            ...
            Step 2: So $x^2 + y^2 = (x + y)^2 - 2xy$.
            Step 3: This is $100 - 42 = \\boxed{58}$.
            The answer is 58.
            }
            """, """
            Question: How many distinct arrangements do the letters of the word LEVEL have?
            Original Solution:
            {
            Step 1: The word has 5 letters, so there are $5! = 120$ orders.
            Step 2: All of these are different, so the number is $\\boxed{120}$.
            The answer is 120.
            }
            Incorrect Step: Step 2.
            Explanation: L and E both occur twice. Exchanging equal letters gives the same arrangement, so each is counted $2! \\cdot 2!$ times.
            Correct Solution:
            {
            ...
            Step 2: L and E occur twice each, so there are $\\frac{120}{2! \\cdot 2!} = \\boxed{30}$ arrangements.
            The answer is 30.
            }
            """, """
            Question: Solve $\\frac{x + 2}{x - 1} = 4$ for $x$.
            Original Solution:
            {
            Step 1: Multiplying by $x - 1$ gives $x + 2 = 4x - 1$.
            Step 2: So $3x = 3$.
            Step 3: Then $x = \\boxed{1}$.
            The answer is 1.
            }
            Incorrect Step: Step 1.
            Explanation: The factor 4 belongs to both terms. $4(x - 1)$ is $4x - 4$, not $4x - 1$.
            Correct Solution:
            {
            Step 1: Multiplying by $x - 1$ gives $x + 2 = 4x - 4$.
            Step 2: So $3x = 6$.
            Step 3: Then $x = \\boxed{2}$.
            The answer is 2.
            }
            """, """
            Question: A circle is inscribed in a square whose diagonal is 8. What is the area of the circle?
            Original Solution:
            {
            Step 1: A square of side $s$ has the diagonal $s\\sqrt{2}$, so $s = \\frac{8}{\\sqrt{2}} = 4\\sqrt{2}$.
            Step 2: The circle touches all sides, so its diameter is $4\\sqrt{2}$ and its radius $2\\sqrt{2}$.
            Step 3: Its area is $2\\pi \\cdot 2\\sqrt{2} = \\boxed{4\\pi\\sqrt{2}}$.
            The answer is 4\\pi\\sqrt{2}.
            }
            Incorrect Step: Step 3.
            Explanation: $2\\pi r$ is the circumference. The area of a circle is $\\pi r^2$.
            Correct Solution:
            {
            ...
            Step 3: Its area is $\\pi (2\\sqrt{2})^2 = \\boxed{8\\pi}$.
            The answer is 8\\pi.
            }
            """));

    @Override
    public String name() {
        return "math";
    }

    @Override
    public AnswerKind answers() {
        return AnswerKind.LATEX;
    }

    @Override
    public PublicData data() {
        return new PublicData("src/data/math/test.jsonl", "https://github.com/microsoft/ToRA");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        if (!row.hasAll("problem", "solution")) {
            return Optional.empty();
        }
        String solution = row.text("solution");
        String answer = FinalAnswer.boxed(solution)
                .orElseThrow(() -> row.wrong("the solution has no \\boxed{} answer", "give each problem one"));
        return Optional.of(
                new Problem(null, row.text("problem"), answer, solution, null, row.textOrNull("level"), null));
    }

    @Override
    public String instruction() {
        return WordProblems.INSTRUCTION;
    }

    @Override
    public List<Problem> examples() {
        return EXAMPLES;
    }

    @Override
    public CorrectionForm corrections() {
        return CORRECTIONS;
    }

    @Override
    public Optional<LemaCompat.Rule> releaseRule() {
        return Optional.of(LemaCompat.Rule.LATEX);
    }
}

package dev.errata.pipeline.format;

import dev.errata.pipeline.grade.AnswerReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a corrector's text says, or why it can't be read. */
public sealed interface CorrectorAnswer {
    /**
     * A text in the format of steps.
     *
     * @param incorrectStep from 1
     * @param solution the right steps from that one on, without their numbers
     * @param finalAnswer as {@link AnswerReader} gives it
     */
    record Read(int incorrectStep, String explanation, List<String> solution, String finalAnswer)
            implements CorrectorAnswer {
        /** The solution as records hold it: one {@code Step k: …} a line. */
        public String correctSolution() {
            return String.join("\n", CorrectionFormat.numbered(solution, incorrectStep));
        }
    }

    /**
     * A whole answer that is written anew.
     *
     * @param mistakes what was mistaken, on one line
     * @param solution the reasons, without the sentence of the answer
     * @param finalAnswer as {@link AnswerReader} gives it
     */
    record Whole(String mistakes, String solution, String finalAnswer) implements CorrectorAnswer {}

    /** A text from which no correction can be taken, with the reason that its record gives. */
    record Rejected(String reason) implements CorrectorAnswer {}

    String NO_FORMAT = "not in the format";
    String NO_SUCH_STEP = "names no step of the solution";
    String NO_FINAL_ANSWER = "no final answer";

    /** {@code Step k.} first; forgiven are its label, a missing word, and Markdown's marks. */
    Pattern INCORRECT_STEP = Pattern.compile(
            "\\A[\\s*#{]{0,9}(?:(?i:incorrect step)[\\s*]{0,3}:?[\\s*]{0,3})?(?i:step)?[\\s#*]{0,3}(\\d{1,4})\\b");

    Pattern EXPLANATION = Pattern.compile("(?i)(?<![a-z])explanation[\\s*]{0,3}:");
    Pattern SOLUTION = Pattern.compile("(?i)(?<![a-z])correct(?:ed)? solution[\\s*]{0,3}:");
    Pattern NEXT_EXAMPLE = Pattern.compile("\\n\\s{0,9}(?:Question|Original Solution):");
    Pattern STEP_BEGINS = Pattern.compile("\\R|\\s++(?=Step \\d{1,4}:|The answer is)");
    Pattern STEP_LABEL = Pattern.compile("(?i:step)\\s{0,3}\\d{1,4}\\s{0,3}:");
    Pattern STEP_NUMBER = Pattern.compile("\\A[\\s*-]{0,9}(?i:step)\\s{0,3}(\\d{1,4})\\s{0,3}[:.)]");

    /**
     * Reads what a corrector wrote after {@code Incorrect Step:}.
     *
     * @param steps how many steps the wrong solution has; the corrector may also name the one that is missing after them
     */
    static CorrectorAnswer ofSteps(String text, int steps, AnswerReader answers) {
        Matcher step = INCORRECT_STEP.matcher(text);
        Matcher explanation = EXPLANATION.matcher(text);
        Matcher solution = SOLUTION.matcher(text);
        if (!step.find() || !explanation.find(step.end()) || !solution.find(explanation.end())) {
            return new Rejected(NO_FORMAT);
        }
        int incorrect = Integer.parseInt(step.group(1));
        if (incorrect < 1 || incorrect > steps + 1) {
            return new Rejected(NO_SUCH_STEP);
        }
        String why = CotFormat.oneLine(
                text.substring(explanation.end(), solution.start()).replaceAll("^[\\s*]+|[\\s*#]+$", ""));
        String body = bodyOf(text.substring(solution.end()));
        List<String> right = solutionFrom(incorrect, body);
        if (why.isEmpty() || right.isEmpty()) {
            return new Rejected(NO_FORMAT);
        }
        String answer = answers.in(STEP_LABEL.matcher(body).replaceAll(""));
        return answer == null ? new Rejected(NO_FINAL_ANSWER) : new Read(incorrect, why, right, answer);
    }

    /** Whether the solution's closing brace is there, so that what follows no longer belongs to it. */
    static boolean isClosed(String text) {
        Matcher solution = SOLUTION.matcher(text);
        return solution.find() && text.indexOf("\n}", solution.end()) >= 0;
    }

    /** The solution's lines, without its braces and without examples that the corrector went on to make up. */
    private static String bodyOf(String rest) {
        String body =
                NEXT_EXAMPLE.split(rest, 2)[0].replaceAll("\\A[\\s*]+", "").strip();
        body = body.startsWith("{") ? body.substring(1) : body;
        int close = body.indexOf("\n}");
        return (close < 0 ? body : body.substring(0, close)).strip();
    }

    /** The steps from the wrong one on; those before it, which some correctors repeat, are left out. */
    private static List<String> solutionFrom(int incorrect, String body) {
        List<String> kept = new ArrayList<>();
        for (String line : STEP_BEGINS.split(body)) {
            Matcher number = STEP_NUMBER.matcher(line);
            boolean before = number.find() && Integer.parseInt(number.group(1)) < incorrect;
            boolean dots = line.strip().equals("...") || line.strip().equals("…");
            if (!before && !dots && !isBrace(line)) {
                kept.add(line);
            }
        }
        return Steps.ofLines(String.join("\n", kept));
    }

    private static boolean isBrace(String line) {
        String mark = line.strip().toLowerCase(Locale.ROOT);
        return mark.equals("{") || mark.equals("}");
    }
}

package dev.errata.pipeline.demo;

import java.util.ArrayList;
import java.util.List;

/** A problem while it is being told: its sentences, its steps, and whether the numbers stayed in bounds. */
final class Story {
    /** No number in a problem is larger: a small model learns all sums below it. */
    static final int LARGEST = 40;

    private final List<String> sentences = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private boolean broken;
    private int result;

    void say(String sentence) {
        sentences.add(sentence);
    }

    /** Puts a sentence before all others. */
    void sayFirst(String sentence) {
        sentences.add(0, sentence);
    }

    /**
     * Adds a step with its equation and gives the result.
     *
     * @param text the step, with {@code #} where {@code a op b = c} goes
     */
    int step(String text, int a, char op, int b) {
        int value = switch (op) {
            case '+' -> a + b;
            case '-' -> a - b;
            case '*' -> a * b;
            default -> b == 0 ? -1 : a / b;
        };
        boolean inexact = op == '/' && (b == 0 || a % b != 0);
        broken |= inexact || a < 1 || b < 1 || value < 1 || value > LARGEST || a > LARGEST;
        steps.add(text.replace("#", a + " " + op + " " + b + " = " + value));
        result = value;
        return value;
    }

    int steps() {
        return steps.size();
    }

    boolean hasSteps(int wanted) {
        return !broken && steps.size() == wanted;
    }

    String question() {
        return String.join(" ", sentences);
    }

    String rationale() {
        return String.join("\n", steps);
    }

    /** The result of the last step. */
    String answer() {
        return Integer.toString(result);
    }
}

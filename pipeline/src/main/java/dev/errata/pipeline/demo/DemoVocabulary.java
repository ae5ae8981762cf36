package dev.errata.pipeline.demo;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * The words and small numbers that are one token each for the embedded model: those of the problems, of LeMa's two prompts, and of the corrector's
 * explanations. Every other text is spelled in bytes.
 */
public final class DemoVocabulary {
    private static final String PROBLEMS = """
            has have had gives give gave each in and red blue day days for more of the to half Then doubles number friends friend How
            many does do now shares equally among get gets puts need needs sells dollars dollar times as than fewer twice Together they
            together With with costs cost buys All only pay pays are left less price hold holds Each The answer is first
            """;

    private static final String PROMPTS = """
            Please solve following math problem Question Answer Let think step by For original solution incorrect identify explain why
            it correct starting from Original Solution Incorrect Step Explanation Correct
            """;

    private static final String EXPLANATIONS = """
            The arithmetic is wrong not solution does need stops too early It needs answer what the steps lead to Neither question nor
            gives number This this step should be it missing and first
            """;

    private static final List<String> PUNCTUATION = List.of(" +", " -", " *", " /", " =", "...", "'s");

    /** Numbers up to here are one token, so that a small model learns sums as facts; wrong answers go past the problems. own. */
    private static final int LARGEST_NUMBER = 50;

    private DemoVocabulary() {}

    /** All words in a fixed order, each as it stands in a text: with the space before it, and capitalized ones without it too. */
    public static SequencedSet<String> words() {
        List<String> bare = new ArrayList<>();
        bare.addAll(StoryWords.NAMES);
        bare.addAll(StoryWords.THINGS);
        StoryWords.THINGS.forEach(things -> bare.add(StoryWords.single(things)));
        bare.addAll(StoryWords.CONTAINERS);
        StoryWords.CONTAINERS.forEach(container -> bare.add(StoryWords.plural(container)));
        bare.addAll(StoryWords.GAINS);
        bare.addAll(StoryWords.LOSSES);
        for (String text : List.of(PROBLEMS, PROMPTS, EXPLANATIONS)) {
            bare.addAll(List.of(text.strip().split("\\s+")));
        }
        SequencedSet<String> words = new LinkedHashSet<>();
        for (String word : bare) {
            words.add(" " + word);
            if (Character.isUpperCase(word.charAt(0))) {
                words.add(word);
            }
        }
        words.addAll(PUNCTUATION);
        for (int number = 0; number <= LARGEST_NUMBER; number++) {
            words.add(" " + number);
        }
        return words;
    }
}

package dev.errata.pipeline.format;

import java.util.Optional;
import java.util.regex.Pattern;

/** How new questions are asked for, in the manner of a given one (Figure 7 of arXiv 2310.20689), and read. */
public final class EvolutionPrompt {
    private static final String GIVEN = "#Given Question#:";
    private static final String CREATED = "#Created Question#:";
    private static final Pattern NEXT =
            Pattern.compile("#\\s?(?:Given|Created) Question\\s?#|\\n\\s*(?:Answer|Solution):");
    /** No question of a data set is longer. */
    private static final int LONGEST = 4000;

    private EvolutionPrompt() {}

    /** The prompt; it ends where the new question begins. */
    public static String of(String question) {
        return "Please act as a professional math teacher. Your goal is to create high quality math word problems to help"
                + " students learn math. You will be given a math question. Please create a new question based on it,"
                + " relevant to it and of similar difficulty.\n"
                + "The new question must be solvable, must make sense on its own, and its answer must be a pure number."
                + " Make it diverse: change the situation, the numbers and what is asked, and use different natural"
                + " language expressions. Write the question alone, without its answer.\n\n"
                + GIVEN + "\n" + question.strip() + "\n\n" + CREATED + "\n";
    }

    /** The question in what was written after the prompt; empty where there is none. */
    public static Optional<String> read(String text) {
        String own = text.strip();
        own = own.startsWith(CREATED) ? own.substring(CREATED.length()) : own;
        String question = NEXT.split(own, 2)[0].strip();
        return question.isEmpty() || question.length() > LONGEST ? Optional.empty() : Optional.of(question);
    }
}

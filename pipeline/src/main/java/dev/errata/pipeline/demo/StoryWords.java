package dev.errata.pipeline.demo;

import java.util.List;

/** The closed vocabulary that problems draw from. */
final class StoryWords {
    static final List<String> NAMES =
            List.of("Tom", "Anna", "Ben", "Mia", "Sam", "Lucy", "Jack", "Emma", "Leo", "Nina", "Paul", "Rosa");

    static final List<String> THINGS = List.of(
            "apples", "pens", "books", "cards", "coins", "eggs", "cakes", "balls", "stamps", "shells", "toys",
            "flowers");

    static final List<String> CONTAINERS = List.of("bag", "box", "basket");

    static final List<String> GAINS = List.of("buys", "finds", "gets", "makes");

    static final List<String> LOSSES = List.of("loses", "sells", "drops", "uses");

    private StoryWords() {}

    /** The container in the plural. */
    static String plural(String container) {
        return container.equals("box") ? "boxes" : container + "s";
    }

    /** One of a thing, for "each apple". */
    static String single(String things) {
        return things.substring(0, things.length() - 1);
    }

    /** Another one of the same list. */
    static String other(Draw draw, List<String> words, List<String> taken) {
        String word = draw.pick(words);
        while (taken.contains(word)) {
            word = draw.pick(words);
        }
        return word;
    }
}

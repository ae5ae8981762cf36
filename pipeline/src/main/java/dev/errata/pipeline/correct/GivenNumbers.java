package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The numbers that a text gives, in digits or in words. */
final class GivenNumbers {
    private static final Pattern NO_LETTER = Pattern.compile("[^a-z]+");

    private static final Map<String, Long> WORDS = Map.ofEntries(
            Map.entry("one", 1L),
            Map.entry("two", 2L),
            Map.entry("three", 3L),
            Map.entry("four", 4L),
            Map.entry("five", 5L),
            Map.entry("six", 6L),
            Map.entry("seven", 7L),
            Map.entry("eight", 8L),
            Map.entry("nine", 9L),
            Map.entry("ten", 10L),
            Map.entry("eleven", 11L),
            Map.entry("twelve", 12L),
            Map.entry("thirteen", 13L),
            Map.entry("fourteen", 14L),
            Map.entry("fifteen", 15L),
            Map.entry("sixteen", 16L),
            Map.entry("seventeen", 17L),
            Map.entry("eighteen", 18L),
            Map.entry("nineteen", 19L),
            Map.entry("twenty", 20L),
            Map.entry("thirty", 30L),
            Map.entry("forty", 40L),
            Map.entry("fifty", 50L),
            Map.entry("sixty", 60L),
            Map.entry("seventy", 70L),
            Map.entry("eighty", 80L),
            Map.entry("ninety", 90L),
            Map.entry("hundred", 100L),
            Map.entry("thousand", 1000L),
            Map.entry("dozen", 12L),
            Map.entry("half", 2L),
            Map.entry("twice", 2L),
            Map.entry("double", 2L),
            Map.entry("third", 3L),
            Map.entry("triple", 3L),
            Map.entry("thrice", 3L),
            Map.entry("quarter", 4L),
            Map.entry("once", 1L));

    private GivenNumbers() {}

    static Set<Rational> in(String text) {
        Set<Rational> numbers = new HashSet<>(EquationReader.numbers(text));
        for (String word : NO_LETTER.split(text.toLowerCase(Locale.ROOT))) {
            Long value = WORDS.get(word);
            if (value != null) {
                numbers.add(Rational.of(value));
            }
        }
        return numbers;
    }
}

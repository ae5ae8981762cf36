package dev.errata.pipeline.grade;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The candidates of a multiple-choice question, and which of them a text names: by its words, its value, or its letter.
 *
 * @param candidates their texts without letters, in order; the first is A
 */
record Choices(List<String> candidates) {
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

    /** A letter alone, or before its candidate: {@code B}, {@code (b)}, {@code option B}, {@code **B**. 21}, {@code B) 21}. */
    private static final Pattern LETTER_FIRST = Pattern.compile("^[\\s*_\"'`$]*+(?:(?i:option|choice|answer)\\s+)?+"
            + "(?:\\(([A-Za-z])\\)|([A-Za-z])(?=[\\s*_\"'`$.]*+$|\\s?[):]|\\.\\s))");

    /** A letter in brackets, or a capital one on its own that isn't the article. */
    private static final Pattern LETTER_WITHIN =
            Pattern.compile("\\(([A-Za-z])\\)|(?<![\\p{L}\\p{N}'’])([A-Z])(?![\\p{L}\\p{N}'’])(?!\\s+[a-z])");

    /** As AQuA publishes its options: {@code A)21}. */
    private static final Pattern LABEL = Pattern.compile("^\\s*+\\(?([A-Z])\\s?[).:]\\s*+");

    /** The letter of a candidate by its index. */
    static String letter(int index) {
        return String.valueOf((char) ('A' + index));
    }

    /** Candidates as published, {@code A)21}, without their letters; others as they are. */
    static List<String> withoutLetters(List<String> published) {
        List<String> bare = new ArrayList<>();
        for (String each : published) {
            Matcher label = LABEL.matcher(each);
            if (!label.find() || !label.group(1).equals(letter(bare.size()))) {
                return List.copyOf(published);
            }
            bare.add(each.substring(label.end()).strip());
        }
        return List.copyOf(bare);
    }

    /** Letters and digits in lower case, one space between words. */
    static String words(String text) {
        return NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    /** The candidate that the answer is, or the only one whose words stand in it. */
    Optional<String> named(String answer) {
        String said = words(answer);
        for (String candidate : candidates) {
            if (words(candidate).equals(said)) {
                return Optional.of(candidate);
            }
        }
        return only(candidates.stream()
                .distinct()
                .filter(candidate -> contains(said, words(candidate)))
                .toList());
    }

    /** The letter that the answer gives, or that of the only candidate whose text or value it gives. */
    Optional<String> lettered(String answer) {
        Matcher first = LETTER_FIRST.matcher(answer);
        if (first.find()) {
            return known(first);
        }
        String bare = bare(answer);
        Optional<String> byText = indexed(candidate -> bare(candidate).equals(bare));
        if (byText.isPresent()) {
            return byText;
        }
        Optional<Rational> value = NumberText.read(answer);
        if (value.isPresent()) {
            return indexed(candidate -> NumberText.read(candidate).equals(value));
        }
        // Words alone: those of 5 stand in -5 and 2.5 too.
        String said = words(answer);
        return indexed(candidate -> NumberText.lastIn(candidate).isEmpty() && contains(said, words(candidate)));
    }

    /** The candidate that is mentioned last in a text; of two at one place the longer one. */
    Optional<String> lastNamed(String text) {
        String said = " " + words(text) + " ";
        String last = null;
        int end = -1;
        for (String candidate : candidates) {
            String wanted = words(candidate);
            int at = wanted.isEmpty() ? -1 : said.lastIndexOf(" " + wanted + " ");
            int to = at < 0 ? -1 : at + wanted.length();
            if (to > end
                    || (to == end && to >= 0 && wanted.length() > words(last).length())) {
                last = candidate;
                end = to;
            }
        }
        return Optional.ofNullable(last);
    }

    /** The letter of a candidate that stands last in a text. */
    Optional<String> lastLettered(String text) {
        Matcher each = LETTER_WITHIN.matcher(text);
        Optional<String> last = Optional.empty();
        while (each.find()) {
            Optional<String> found = known(each);
            last = found.isPresent() ? found : last;
        }
        return last;
    }

    private Optional<String> known(Matcher found) {
        String letter = (found.group(1) != null ? found.group(1) : found.group(2)).toUpperCase(Locale.ROOT);
        return letter.charAt(0) - 'A' < candidates.size() ? Optional.of(letter) : Optional.empty();
    }

    private interface Test {
        boolean matches(String candidate);
    }

    /** The letter of the only candidate that passes. */
    private Optional<String> indexed(Test test) {
        List<String> letters = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            if (test.matches(candidates.get(i))) {
                letters.add(letter(i));
            }
        }
        return only(letters);
    }

    private static Optional<String> only(List<String> found) {
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    private static boolean contains(String said, String wanted) {
        return !wanted.isEmpty() && (" " + said + " ").contains(" " + wanted + " ");
    }

    private static String bare(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[\\s$.]+$|[\\s$]+", "");
    }
}

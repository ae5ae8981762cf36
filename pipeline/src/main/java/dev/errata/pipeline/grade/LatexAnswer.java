package dev.errata.pipeline.grade;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Equality of two LaTeX answers: expressions by algebra, tuples and intervals place by place with their brackets, lists,
 * sets and unions in any order, matrices cell by cell, words by their letters.
 */
final class LatexAnswer {
    private static final int LONGEST = 4000;
    private static final int DEEPEST = 8;
    private static final int LONGEST_LIST = 50;

    private static final Pattern MATRIX =
            Pattern.compile("\\\\begin\\{([pb]|v|V)?matrix\\}(.*?)\\\\end\\{[pbvV]?matrix\\}", Pattern.DOTALL);
    private static final Pattern SUBJECT = Pattern.compile("[^\\d+*/^]{0,40}");
    private static final Pattern NO_WORDS = Pattern.compile("[\\d+*/^\\\\-]");
    private static final Pattern WORDS = Pattern.compile("(?=.*\\p{L}{2})[\\p{L}\\s().'-]{4,}|\\(?[\\p{L}]\\)?");

    private static final Pattern WHOLE_TEXT =
            Pattern.compile("\\s*\\\\(?:text|textbf|mbox|mathrm)\\s?\\{([^{}\\\\]*)\\}\\s*");
    private static final Pattern PLAIN_TEXT = Pattern.compile("[\\p{L}\\p{N}\\s().,:'-]*");

    private LatexAnswer() {}

    static boolean same(String answer, String other) {
        if (answer.strip().equals(other.strip())) {
            return true;
        }
        if (answer.length() > LONGEST || other.length() > LONGEST) {
            return false;
        }
        return sameWords(answer, other) || sameForms(LatexForm.of(answer), LatexForm.of(other), 0);
    }

    /** Whether both are words, at least one of them in the text font, with the same letters and digits in this order. */
    private static boolean sameWords(String answer, String other) {
        Matcher one = WHOLE_TEXT.matcher(answer);
        Matcher two = WHOLE_TEXT.matcher(other);
        if (!one.matches() && !two.matches()) {
            return false;
        }
        String a = one.matches() ? one.group(1) : answer;
        String b = two.matches() ? two.group(1) : other;
        return PLAIN_TEXT.matcher(a).matches()
                && PLAIN_TEXT.matcher(b).matches()
                && !letters(a).isEmpty()
                && lettersAndDigits(a).equals(lettersAndDigits(b));
    }

    private static boolean sameForms(String one, String other, int depth) {
        String a = one.strip();
        String b = other.strip();
        if (depth > DEEPEST || a.isEmpty() || b.isEmpty()) {
            return false;
        }
        if (a.equals(b)) {
            return true;
        }
        return sameShapes(a, b, depth);
    }

    private static boolean sameShapes(String a, String b, int depth) {
        Matcher aMatrix = MATRIX.matcher(a);
        Matcher bMatrix = MATRIX.matcher(b);
        if (aMatrix.matches() && bMatrix.matches()) {
            return isDeterminant(aMatrix) == isDeterminant(bMatrix)
                    && inOrder(
                            rows(aMatrix),
                            rows(bMatrix),
                            depth,
                            (x, y) -> inOrder(split(x, "&"), split(y, "&"), depth));
        }
        for (String separator : List.of("\\land", "\\cup")) {
            List<String> aParts = split(a, separator);
            List<String> bParts = split(b, separator);
            if (aParts.size() > 1 || bParts.size() > 1) {
                return sameMember(a, b, depth) || inAnyOrder(aParts, bParts, depth);
            }
        }
        List<String> aList = list(a);
        List<String> bList = list(b);
        if (aList.size() > 1 || bList.size() > 1) {
            return sameSubjects(aList, bList) && inAnyOrder(aList, bList, depth);
        }
        if (LatexRelation.isIn(a) || LatexRelation.isIn(b)) {
            return LatexRelation.of(a)
                    .flatMap(one ->
                            LatexRelation.of(b).map(two -> one.sameAs(two, (x, y) -> sameForms(x, y, depth + 1))))
                    .orElse(false);
        }
        List<String> aSides = split(a, "=");
        List<String> bSides = split(b, "=");
        if (aSides.size() == 2 && bSides.size() == 2) {
            return inOrder(aSides, bSides, depth)
                    || inOrder(aSides.reversed(), bSides, depth)
                    || LatexRelation.sameEquation(aSides, bSides);
        }
        if (aSides.size() != bSides.size()) {
            String aValue = value(aSides);
            String bValue = value(bSides);
            return !(aValue.equals(a) && bValue.equals(b)) && sameForms(aValue, bValue, depth + 1);
        }
        return sameMember(a, b, depth) || sameSets(a, b, depth);
    }

    /** {@code x \in [2,5]} is {@code [2,5]}, whatever the one that is in it is called; two names have to be the same. */
    private static boolean sameMember(String a, String b, int depth) {
        List<String> aIn = split(a, "\\in ");
        List<String> bIn = split(b, "\\in ");
        if (aIn.size() > 2 || bIn.size() > 2 || aIn.size() + bIn.size() == 2) {
            return false;
        }
        boolean named = (aIn.size() == 1 || SUBJECT.matcher(aIn.getFirst()).matches())
                && (bIn.size() == 1 || SUBJECT.matcher(bIn.getFirst()).matches());
        boolean sameName = aIn.size() != bIn.size()
                || aIn.getFirst().strip().equals(bIn.getFirst().strip());
        return named && sameName && sameForms(aIn.getLast(), bIn.getLast(), depth + 1);
    }

    private static boolean sameSets(String a, String b, int depth) {
        if (isSet(a) && isSet(b)) {
            return inAnyOrder(
                    split(a.substring(2, a.length() - 2), ","), split(b.substring(2, b.length() - 2), ","), depth);
        }
        boolean aTuple = isTuple(a);
        if (aTuple || isTuple(b)) {
            return aTuple
                    && isTuple(b)
                    && a.charAt(0) == b.charAt(0)
                    && a.charAt(a.length() - 1) == b.charAt(b.length() - 1)
                    && inOrder(split(inner(a), ","), split(inner(b), ","), depth);
        }
        return sameValues(a, b);
    }

    /** The rows of a matrix; the mark after the last one begins none. */
    private static List<String> rows(Matcher matrix) {
        List<String> rows = split(matrix.group(2), "\\\\");
        return rows.size() > 1 && rows.getLast().isBlank() ? rows.subList(0, rows.size() - 1) : rows;
    }

    /** Whether lists of equations speak of the same unknowns, where one speaks of several. */
    private static boolean sameSubjects(List<String> one, List<String> other) {
        Set<String> a = subjects(one);
        Set<String> b = subjects(other);
        return (a.size() <= 1 && b.size() <= 1) || a.equals(b);
    }

    private static Set<String> subjects(List<String> list) {
        return list.stream()
                .map(each -> split(each, "="))
                .filter(sides -> sides.size() == 2)
                .map(sides -> sides.getFirst().replace(" ", ""))
                .collect(Collectors.toSet());
    }

    private static boolean sameValues(String a, String b) {
        if (WORDS.matcher(a).matches() || WORDS.matcher(b).matches()) {
            boolean plain = NO_WORDS.matcher(a + b).results().findAny().isEmpty();
            return plain && letters(a).equals(letters(b)) && !letters(a).isEmpty();
        }
        Optional<Quotient> aValue = LatexExpression.parse(a);
        Optional<Quotient> bValue = LatexExpression.parse(b);
        return (aValue.isPresent() && bValue.isPresent())
                ? LatexExpression.same(aValue.get(), bValue.get())
                : a.replace(" ", "").equals(b.replace(" ", ""));
    }

    /** The right side of {@code x = 5} or {@code area = 5}; the whole where the left side is more than a name. */
    private static String value(List<String> sides) {
        return sides.size() == 2 && SUBJECT.matcher(sides.getFirst()).matches()
                ? sides.getLast()
                : String.join("=", sides);
    }

    private static boolean isDeterminant(Matcher matrix) {
        return "v".equalsIgnoreCase(matrix.group(1));
    }

    private static boolean isSet(String text) {
        return text.startsWith("\\{") && text.endsWith("\\}");
    }

    /** A bracket that spans the whole, with a comma directly in it. */
    private static boolean isTuple(String text) {
        char first = text.charAt(0);
        char last = text.charAt(text.length() - 1);
        return (first == '(' || first == '[')
                && (last == ')' || last == ']')
                && text.length() > 2
                && split(text, ",").size() == 1
                && split(inner(text), ",").size() > 1;
    }

    private static String inner(String text) {
        return text.substring(1, text.length() - 1);
    }

    /** The elements between commas outside brackets; {@code a \pm b} is two. */
    private static List<String> list(String text) {
        List<String> elements = new ArrayList<>();
        for (String element : split(text, ",")) {
            int sign = element.indexOf("\\pm");
            if (sign >= 0 && element.indexOf("\\pm", sign + 1) < 0) {
                elements.add(element.substring(0, sign) + "+" + element.substring(sign + 3));
                elements.add(element.substring(0, sign) + "-" + element.substring(sign + 3));
            } else {
                elements.add(element);
            }
        }
        return elements;
    }

    private static boolean inOrder(List<String> one, List<String> other, int depth) {
        return inOrder(one, other, depth, (a, b) -> sameForms(a, b, depth + 1));
    }

    private static boolean inOrder(List<String> one, List<String> other, int depth, BiPredicate<String, String> same) {
        if (depth > DEEPEST || one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (!same.test(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean inAnyOrder(List<String> one, List<String> other, int depth) {
        if (one.size() != other.size() || one.size() > LONGEST_LIST) {
            return false;
        }
        List<String> rest = new ArrayList<>(other);
        for (String element : one) {
            int found = 0;
            while (found < rest.size() && !sameForms(element, rest.get(found), depth + 1)) {
                found++;
            }
            if (found == rest.size()) {
                return false;
            }
            rest.remove(found);
        }
        return true;
    }

    /** The parts between separators that stand outside all brackets. */
    static List<String> split(String text, String separator) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (depth == 0 && text.startsWith(separator, at)) {
                parts.add(text.substring(start, at));
                at += separator.length() - 1;
                start = at + 1;
            } else if (c == '(' || c == '[' || c == '{') {
                depth++;
            } else if (c == ')' || c == ']' || c == '}') {
                depth--;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static String lettersAndDigits(String text) {
        return text.replaceAll("[^\\p{L}\\p{N}]", "").toLowerCase(Locale.ROOT);
    }

    private static String letters(String text) {
        return text.replaceAll("[^\\p{L}]", "").toLowerCase(Locale.ROOT);
    }
}

package dev.errata.pipeline.correct;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom and what a step speaks of, before and after its numbers: names, the question's things, and {@code together}.
 *
 * @param all before, between and after
 * @param names those of {@code all} that are names
 */
record StepWords(Set<String> before, Set<String> after, Set<String> all, Set<String> names) {
    private static final String TOGETHER = "together";
    private static final String MONEY = "dollar";

    private static final Pattern WORD =
            Pattern.compile("[\\p{L}]++(?:['’-][\\p{L}]++)*+|[.!?](?=\\s)|\\$|\\d[\\d,.]*+");
    private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}]++");
    private static final Pattern POSSESSIVE = Pattern.compile("['’]s$|['’]$");

    /** Words that begin sentences and are no names. */
    private static final Set<String> NO_NAMES = words("""
            a about adding additionally after again all also altogether an and another any are as at because before besides both but by \
            calculate combined costs could cost do does dividing each either every finally find first five following for four from given gives \
            half has have he hence her here his how however if in is it its itself let make making many more most moreover multiplying my next nine \
            no not now of on once one only or original originally other our out over per remaining second seven she similarly since six so some \
            step subtracting subtract sum ten that the their them then there therefore these they third this those three thus to today \
            together tomorrow total totally twice two under until using we what when where which while who whose why will with yes yesterday \
            you your monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september \
            october november december i""");

    /** Third persons that look like plurals. */
    private static final Set<String> VERBS = words("""
            has does gives costs buys sells gets makes needs pays finds loses drops uses puts shares doubles takes eats wants goes runs \
            reads spends saves works walks plays sees keeps earns owes adds cuts picks plants bakes sends lives likes drives rides holds \
            weighs leaves receives owns collects leaves equals means was is this his its plus minus times always less""");

    private static final Set<String> ALL_OF_THEM = words("together total altogether combined both sum all overall");

    private static Set<String> words(String list) {
        return Set.copyOf(Arrays.asList(list.strip().split("\\s+")));
    }

    /** What a question speaks of. */
    record Subjects(Set<String> names, Set<String> things) {
        static Subjects of(String question) {
            Set<String> small = new HashSet<>();
            Set<String> names = new HashSet<>();
            Set<String> things = new HashSet<>();
            Matcher word = WORD.matcher(question);
            while (word.find()) {
                String text = POSSESSIVE.matcher(word.group()).replaceAll("");
                if (text.equals("$")) {
                    things.add(MONEY);
                } else if (!text.isEmpty() && Character.isLowerCase(text.codePointAt(0))) {
                    small.add(text);
                    if (text.length() > 3 && text.endsWith("s") && !text.endsWith("ss") && !VERBS.contains(text)) {
                        things.add(single(text));
                    }
                }
            }
            word.reset();
            while (word.find()) {
                String text = POSSESSIVE.matcher(word.group()).replaceAll("");
                String lower = text.toLowerCase(Locale.ROOT);
                if (isCapital(text) && !NO_NAMES.contains(lower) && !small.contains(lower)) {
                    names.add(text);
                }
            }
            return new Subjects(names, things);
        }
    }

    private static boolean isCapital(String text) {
        return !text.isEmpty() && Character.isUpperCase(text.codePointAt(0));
    }

    private static String single(String word) {
        return word.endsWith("ies")
                ? word.substring(0, word.length() - 3) + "y"
                : word.endsWith("xes") || word.endsWith("ches") || word.endsWith("shes")
                        ? word.substring(0, word.length() - 2)
                        : word.endsWith("s") ? word.substring(0, word.length() - 1) : word;
    }

    static StepWords of(String step, Subjects subjects) {
        Set<String> before = new HashSet<>();
        Set<String> after = new HashSet<>();
        Set<String> all = new HashSet<>();
        Set<String> names = new HashSet<>();
        boolean begins = true;
        boolean numbers = false;
        Matcher word = WORD.matcher(step);
        while (word.find()) {
            String text = POSSESSIVE.matcher(word.group()).replaceAll("");
            String lower = text.toLowerCase(Locale.ROOT);
            if (text.isEmpty() || ".!?".contains(text)) {
                begins = true;
                continue;
            }
            if (Character.isDigit(text.charAt(0))) {
                numbers = true;
                after.clear();
                begins = false;
                continue;
            }
            String mention = null;
            if (subjects.names().contains(text) || (isCapital(text) && isName(lower, begins, step, word.end()))) {
                mention = text;
                names.add(text);
            } else if (ALL_OF_THEM.contains(lower)) {
                mention = TOGETHER;
            } else if (text.equals("$")) {
                mention = subjects.things().contains(MONEY) ? MONEY : null;
            } else if (subjects.things().contains(single(lower))) {
                mention = single(lower);
            }
            if (mention != null) {
                all.add(mention);
                if (!text.equals("$")) {
                    (numbers ? after : before).add(mention);
                }
            }
            begins = false;
        }
        if (names.size() > 1) {
            all.add(TOGETHER);
            before.add(TOGETHER);
        }
        return new StepWords(before, after, all, names);
    }

    /** A step's words alone, in small letters. */
    static String template(String step) {
        return NO_LETTERS.matcher(step.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    /** A capital in a sentence is a name; at its start only where a verb follows. */
    private static boolean isName(String lower, boolean begins, String step, int end) {
        if (NO_NAMES.contains(lower) || lower.length() < 2) {
            return false;
        }
        if (!begins) {
            return true;
        }
        Matcher next = WORD.matcher(step);
        return next.find(end) && (VERBS.contains(next.group()) || next.group().equals("had"));
    }

    /** Whether the two speak of different people or things. */
    boolean contradicts(StepWords other) {
        boolean names = !this.names.isEmpty() && !other.names.isEmpty() && disjoint(this.names, other.names);
        return names
                || (apart(before, other.all) && apart(other.before, all))
                || (apart(after, other.all) && apart(other.after, all));
    }

    private static boolean apart(Set<String> some, Set<String> all) {
        return !some.isEmpty() && disjoint(some, all);
    }

    /** Whether both speak of the very same, so that they mean the same quantity. */
    boolean isLike(StepWords other) {
        return !before.isEmpty() && before.equals(other.before) && after.equals(other.after);
    }

    private static boolean disjoint(Set<String> one, Set<String> other) {
        return one.stream().noneMatch(other::contains);
    }
}

package dev.errata.pipeline.grade;

import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.EditDistance;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The verdicts of the LEMA release (microsoft/LEMA, inference_code/utils.py and evaluation.py), its quirks included, so
 * that published figures can be compared. Its {@code eval} is a small parser here.
 */
public record LemaCompat(Rule rule) implements Grader {
    /** What the release does for a data set. */
    public enum Rule {
        /** GSM8K: equal floats. */
        NUMBERS,
        /** SVAMP, ASDiv, MAWPS: floats that are equal to two places. */
        HUNDREDTHS,
        /** MATH: equal strings, normalized. */
        LATEX,
        /** CSQA: the candidate that is nearest by edit distance. */
        NEAREST_CANDIDATE
    }

    private static final String PHRASE = "The answer is ";

    @Override
    public GradedAnswer grade(String prediction, String reference, List<String> candidates) {
        return switch (rule) {
            case NUMBERS -> numbers(prediction, reference, false);
            case HUNDREDTHS -> numbers(prediction, reference, true);
            case LATEX -> {
                String pred = latex(prediction);
                String ref = latex(reference);
                yield new GradedAnswer(pred, ref, pred.equals(ref));
            }
            case NEAREST_CANDIDATE -> {
                String pred = nearest(prediction, candidates);
                yield new GradedAnswer(pred, reference, pred.equals(reference));
            }
        };
    }

    private static GradedAnswer numbers(String prediction, String reference, boolean rounded) {
        double pred = number(prediction);
        double ref = number(reference);
        boolean equal = rounded ? hundredths(pred) == hundredths(ref) : pred == ref;
        return new GradedAnswer(shown(pred), shown(ref), equal);
    }

    /** Python's {@code round(x, 2)}: half to even on the exact binary value. */
    private static double hundredths(double value) {
        return Double.isFinite(value)
                ? new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN).doubleValue()
                : value;
    }

    private static String shown(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** The number after the last phrase; 0 when there is none or it can't be read. */
    static double number(String text) {
        String completion = untilNextQuestion(text).replace("The answer is: ", PHRASE);
        int phrase = completion.lastIndexOf(PHRASE);
        if (phrase < 0) {
            return 0;
        }
        String result = withoutStop(completion.substring(phrase + PHRASE.length()));
        result = withoutStop(result.replace("£", "").replace("€", "")).replace(",", "");
        if (result.contains("=")) {
            result = PythonInput.strip(result.substring(result.lastIndexOf('=') + 1));
        }
        if (result.contains(">>")) {
            result = PythonInput.strip(result.substring(result.lastIndexOf(">>") + 2));
        }
        result = result.toLowerCase(Locale.ROOT).replaceAll("[a-z]", "");
        if (result.contains(":")) {
            result = result.substring(0, result.indexOf(':'));
        }
        result = result.replace("$", "").replace("\"", "");
        if (result.contains("%")) {
            result = PythonInput.strip(result);
            if (!result.endsWith("%")) {
                return 0;
            }
            result = result.substring(0, result.length() - 1);
        }
        if (result.endsWith("/")) {
            result = result.substring(0, result.length() - 1);
        }
        return value(result.replace(" ", "")).orElse(0);
    }

    private static OptionalDouble value(String text) {
        boolean expression = text.chars().anyMatch(c -> "+-*/".indexOf(c) >= 0);
        return expression ? PythonArithmetic.evaluate(text) : PythonInput.toFloat(text);
    }

    /** The normalized LaTeX after the last phrase, else in the last box; the empty text when there is none. */
    static String latex(String text) {
        String completion = text;
        for (String next : List.of("Q:", "Question:")) {
            int cut = completion.indexOf(next);
            completion = cut < 0 ? completion : PythonInput.strip(completion.substring(0, cut));
        }
        completion = completion.replace("The answer is: ", PHRASE);
        int phrase = completion.lastIndexOf(PHRASE);
        String result;
        if (phrase < 0) {
            result = lastBox(completion);
        } else {
            result = withoutStop(PythonInput.strip(completion.substring(phrase + PHRASE.length())));
            result = PythonInput.strip(result.replace("$", ""));
            result = result.contains("boxed{") ? lastBox(result) : result;
        }
        try {
            return LatexString.normalized(result);
        } catch (LatexString.NoFormException unreadable) {
            return "";
        }
    }

    /** The content of the last {@code \boxed{}}; the empty text when there is none or only an {@code \fbox{}}. */
    private static String lastBox(String text) {
        String opening = "\\boxed{";
        int box = text.lastIndexOf("\\boxed");
        if (box < 0 || !text.startsWith(opening, box)) {
            return "";
        }
        int depth = 0;
        for (int at = box; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return text.substring(box + opening.length(), at);
            }
        }
        return "";
    }

    /** The first of the candidates with the least edit distance to what follows the phrase, else to the whole text. */
    private static String nearest(String text, List<String> candidates) {
        if (candidates.isEmpty()) {
            throw new BadInputException("candidates are missing", "csqa", "give each row its list of candidates");
        }
        String answer = untilNextQuestion(text).replace("The answer is: ", PHRASE);
        int phrase = answer.lastIndexOf(PHRASE);
        answer = withoutStops(phrase < 0 ? answer : answer.substring(phrase + PHRASE.length()));
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int distance = EditDistance.between(candidate, answer);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    static String untilNextQuestion(String text) {
        String kept = text;
        for (String next : List.of("\n\nQ: ", "\n\nQuestion: ")) {
            int cut = kept.indexOf(next);
            kept = cut < 0 ? kept : kept.substring(0, cut);
        }
        return kept;
    }

    /** Without the full stops at both ends. */
    private static String withoutStops(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && text.charAt(start) == '.') {
            start++;
        }
        while (end > start && text.charAt(end - 1) == '.') {
            end--;
        }
        return text.substring(start, end);
    }

    private static String withoutStop(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }
}

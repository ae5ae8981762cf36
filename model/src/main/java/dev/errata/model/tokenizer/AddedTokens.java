package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Cuts a text at its added tokens: leftmost first, the longest at one place, as the tokenizers library does. */
final class AddedTokens {
    private static final Pattern WORD_CHARACTER = Pattern.compile("\\w", Pattern.UNICODE_CHARACTER_CLASS);

    private final Map<Integer, AddedToken> byId = new HashMap<>();
    private final Map<String, Integer> byContent = new HashMap<>();
    private final Map<Integer, Integer> foundLengths = new HashMap<>();
    private final TextMatcher asWritten;
    private final TextMatcher afterNormalizing;

    /** {@code normalizer} is applied to the content of tokens that are looked for in normalized text. */
    AddedTokens(List<AddedToken> tokens, UnaryOperator<String> normalizer) {
        Map<String, Integer> written = new HashMap<>();
        Map<String, Integer> normalized = new HashMap<>();
        for (AddedToken token : tokens) {
            byId.put(token.id(), token);
            byContent.put(token.content(), token.id());
            String content = token.normalized() ? normalizer.apply(token.content()) : token.content();
            if (!content.isEmpty()) {
                (token.normalized() ? normalized : written).put(content, token.id());
                foundLengths.put(token.id(), content.length());
            }
        }
        asWritten = new TextMatcher(written);
        afterNormalizing = new TextMatcher(normalized);
    }

    OptionalInt idOf(String content) {
        Integer id = byContent.get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    List<Section> splitAsWritten(String text) {
        return split(new Section(text, -1, true), asWritten);
    }

    List<Section> splitNormalized(Section section) {
        return split(section, afterNormalizing);
    }

    private List<Section> split(Section whole, TextMatcher matcher) {
        String text = whole.text();
        List<Section> sections = new ArrayList<>();
        int textStart = 0;
        int at = 0;
        while (at < text.length() && !matcher.isEmpty()) {
            int id = matcher.idAt(text, at);
            if (id < 0) {
                at++;
                continue;
            }
            AddedToken token = byId.get(id);
            int from = at;
            int to = at + foundLengths.get(id);
            at = to;
            if (token.singleWord() && (endsInsideWord(text, from) || startsInsideWord(text, to))) {
                continue;
            }
            if (token.lstrip()) {
                from = whitespaceStart(text, textStart, from);
            }
            if (token.rstrip()) {
                to = whitespaceEnd(text, to);
                at = to;
            }
            if (textStart < from) {
                sections.add(text(whole, textStart, from));
            }
            sections.add(new Section(token.content(), id, false));
            textStart = to;
        }
        if (textStart < text.length()) {
            sections.add(text(whole, textStart, text.length()));
        }
        return sections;
    }

    private static Section text(Section whole, int from, int to) {
        return new Section(whole.text().substring(from, to), -1, whole.atStart() && from == 0);
    }

    private static boolean endsInsideWord(String text, int at) {
        return at > 0 && isWordCharacter(text.codePointBefore(at));
    }

    private static boolean startsInsideWord(String text, int at) {
        return at < text.length() && isWordCharacter(text.codePointAt(at));
    }

    private static boolean isWordCharacter(int codePoint) {
        return WORD_CHARACTER.matcher(Character.toString(codePoint)).matches();
    }

    private static int whitespaceStart(String text, int lowest, int at) {
        int from = at;
        while (from > lowest && UnicodeSpace.isSpace(text.charAt(from - 1))) {
            from--;
        }
        return from;
    }

    private static int whitespaceEnd(String text, int at) {
        int to = at;
        while (to < text.length() && UnicodeSpace.isSpace(text.charAt(to))) {
            to++;
        }
        return to;
    }
}

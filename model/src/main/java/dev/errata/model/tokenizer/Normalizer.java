package dev.errata.model.tokenizer;

import java.util.List;
import java.util.Locale;

/** Changes a text before it is split into pieces. */
sealed interface Normalizer
        permits Normalizer.Sequence,
                Normalizer.UnicodeForm,
                Normalizer.Prepend,
                Normalizer.Replace,
                Normalizer.Lowercase,
                Normalizer.Strip,
                Normalizer.Bytes,
                PrecompiledNormalizer,
                SentencePieceNormalizer {
    String normalize(String text);

    /** The normalizers one after another; none of them leaves the text as it is. */
    record Sequence(List<Normalizer> normalizers) implements Normalizer {
        @Override
        public String normalize(String text) {
            String result = text;
            for (Normalizer normalizer : normalizers) {
                result = normalizer.normalize(result);
            }
            return result;
        }
    }

    /** A Unicode normalization form. */
    record UnicodeForm(java.text.Normalizer.Form form) implements Normalizer {
        @Override
        public String normalize(String text) {
            return EarlierUnicode.normalize(text, form);
        }
    }

    /** Puts a text in front of every text that isn't empty. */
    record Prepend(String front) implements Normalizer {
        @Override
        public String normalize(String text) {
            return text.isEmpty() ? text : front + text;
        }
    }

    /** Replaces each match by a fixed text. */
    record Replace(TextPattern pattern, String content) implements Normalizer {
        @Override
        public String normalize(String text) {
            return pattern.replaceAll(text, content);
        }
    }

    /** Lower case, each character by itself. */
    record Lowercase() implements Normalizer {
        @Override
        public String normalize(String text) {
            StringBuilder lower = new StringBuilder(text.length());
            text.codePoints().forEach(c -> {
                if (c < 0x80) {
                    lower.append((char) Character.toLowerCase(c));
                } else {
                    lower.append(Character.toString(c).toLowerCase(Locale.ROOT));
                }
            });
            return lower.toString();
        }
    }

    /** Takes whitespace off the ends. */
    record Strip(boolean left, boolean right) implements Normalizer {
        @Override
        public String normalize(String text) {
            int from = 0;
            int to = text.length();
            while (left && from < to && UnicodeSpace.isSpace(text.charAt(from))) {
                from++;
            }
            while (right && from < to && UnicodeSpace.isSpace(text.charAt(to - 1))) {
                to--;
            }
            return text.substring(from, to);
        }
    }

    /** GPT-2's characters in place of the text's bytes. */
    record Bytes() implements Normalizer {
        @Override
        public String normalize(String text) {
            return ByteAlphabet.encode(text);
        }
    }
}

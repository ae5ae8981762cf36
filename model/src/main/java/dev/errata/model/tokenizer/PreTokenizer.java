package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** Splits normalized text into the pieces that the model encodes one by one. */
sealed interface PreTokenizer {
    /** A piece of text. {@code atStart} says whether it begins where the whole text begins. */
    record Piece(String text, boolean atStart) {}

    /** Appends the pieces of {@code piece} to {@code out}, none of them empty. */
    void split(Piece piece, List<Piece> out);

    /** Splits by each in turn; none of them leaves the text whole. */
    record Sequence(List<PreTokenizer> preTokenizers) implements PreTokenizer {
        @Override
        public void split(Piece piece, List<Piece> out) {
            List<Piece> pieces = List.of(piece);
            for (PreTokenizer preTokenizer : preTokenizers) {
                List<Piece> finer = new ArrayList<>(pieces.size());
                for (Piece each : pieces) {
                    preTokenizer.split(each, finer);
                }
                pieces = finer;
            }
            for (Piece each : pieces) {
                if (!each.text().isEmpty()) {
                    out.add(each);
                }
            }
        }
    }

    /**
     * Splits at the matches of a pattern; {@code invert} swaps what is a match and what lies between. An empty match, as of
     * a look-ahead, takes no text and still cuts.
     */
    record Split(TextPattern pattern, SplitBehavior behavior, boolean invert) implements PreTokenizer {
        @Override
        public void split(Piece piece, List<Piece> out) {
            String text = piece.text();
            List<SplitBehavior.Span> spans = new ArrayList<>();
            int[] end = {0};
            pattern.forEachMatch(text, (from, to) -> {
                if (end[0] < from) {
                    spans.add(new SplitBehavior.Span(end[0], from, invert));
                }
                spans.add(new SplitBehavior.Span(from, to, !invert));
                end[0] = to;
            });
            if (end[0] < text.length()) {
                spans.add(new SplitBehavior.Span(end[0], text.length(), invert));
            }
            for (SplitBehavior.Span span : behavior.join(spans)) {
                if (span.from() < span.to()) {
                    out.add(new Piece(text.substring(span.from(), span.to()), piece.atStart() && span.from() == 0));
                }
            }
        }
    }

    /** GPT-2's characters in place of bytes, after a split by {@code words} where that is not null. */
    record ByteLevel(boolean addPrefixSpace, Split words) implements PreTokenizer {
        @Override
        public void split(Piece piece, List<Piece> out) {
            boolean prefixed = addPrefixSpace && !piece.text().startsWith(" ");
            Piece whole = prefixed ? new Piece(" " + piece.text(), piece.atStart()) : piece;
            int first = out.size();
            if (words == null) {
                out.add(whole);
            } else {
                words.split(whole, out);
            }
            for (int i = first; i < out.size(); i++) {
                Piece each = out.get(i);
                out.set(i, new Piece(ByteAlphabet.encode(each.text()), each.atStart()));
            }
        }
    }

    /** Spaces become {@code replacement}, one is put in front as {@code prefix} says, and each begins a piece. */
    record Metaspace(char replacement, Prefix prefix, boolean splits) implements PreTokenizer {
        /** Which pieces get the replacement in front. */
        enum Prefix {
            ALWAYS,
            FIRST,
            NEVER
        }

        @Override
        public void split(Piece piece, List<Piece> out) {
            String text = piece.text().replace(' ', replacement);
            boolean wanted = prefix == Prefix.ALWAYS || (prefix == Prefix.FIRST && piece.atStart());
            if (wanted && text.charAt(0) != replacement) {
                text = replacement + text;
            }
            int from = 0;
            for (int at = 1; splits && at < text.length(); at++) {
                if (text.charAt(at) == replacement) {
                    out.add(new Piece(text.substring(from, at), piece.atStart() && from == 0));
                    from = at;
                }
            }
            out.add(new Piece(text.substring(from), piece.atStart() && from == 0));
        }
    }
}

package dev.errata.model.tokenizer;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A step from token texts to text. Every step works on a stream, so that decoding all at once and decoding while a model
 * generates are one and the same code.
 */
sealed interface TextDecoder
        permits TextDecoder.Sequence,
                TextDecoder.ByteLevel,
                TextDecoder.ByteFallback,
                TextDecoder.Join,
                TextDecoder.Replace,
                TextDecoder.StripEach,
                TextDecoder.StripWhole,
                TextDecoder.Metaspace,
                TextDecoder.SpaceBetween,
                SentencePieceDecoder {
    /** A running decoding. It hands on what can no longer change, and the rest when it is finished. */
    interface Stage {
        void accept(String token);

        void finish();
    }

    /** Starts a decoding whose results go to {@code next}; finishing it finishes {@code next}. */
    Stage open(Stage next);

    /** The decoders one after another. */
    record Sequence(List<TextDecoder> decoders) implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            Stage stage = next;
            for (TextDecoder decoder : decoders.reversed()) {
                stage = decoder.open(stage);
            }
            return stage;
        }
    }

    /** GPT-2's characters back to bytes, and those to text; a token with another character in it is plain text. */
    record ByteLevel() implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            PendingBytes pending = new PendingBytes();
            return new Stage() {
                @Override
                public void accept(String token) {
                    if (ByteAlphabet.covers(token)) {
                        for (int i = 0; i < token.length(); i++) {
                            pending.add(ByteAlphabet.byteOf(token.charAt(i)));
                        }
                        emit(pending.takeSettled(false), next);
                    } else {
                        emit(pending.takeAll(false), next);
                        next.accept(token);
                    }
                }

                @Override
                public void finish() {
                    emit(pending.takeAll(false), next);
                    next.finish();
                }
            };
        }
    }

    /** A run of byte tokens becomes its text, or a replacement character for each when it isn't UTF-8. */
    record ByteFallback() implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            PendingBytes run = new PendingBytes();
            return new Stage() {
                @Override
                public void accept(String token) {
                    int value = ByteTokens.byteOf(token);
                    if (value >= 0) {
                        run.add(value);
                    } else {
                        emit(run.takeWholeOrReplaced(), next);
                        next.accept(token);
                    }
                }

                @Override
                public void finish() {
                    emit(run.takeWholeOrReplaced(), next);
                    next.finish();
                }
            };
        }
    }

    /** Holds everything back and hands it on as one text. */
    record Join() implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            StringBuilder all = new StringBuilder();
            return new Stage() {
                @Override
                public void accept(String token) {
                    all.append(token);
                }

                @Override
                public void finish() {
                    next.accept(all.toString());
                    next.finish();
                }
            };
        }
    }

    /** Replaces each match in each token. */
    record Replace(TextPattern pattern, String content) implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            return eachToken(next, token -> pattern.replaceAll(token, content));
        }
    }

    /** Takes up to {@code start} characters {@code content} off each token's start, and up to {@code stop} off its end. */
    record StripEach(char content, int start, int stop) implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            return eachToken(next, token -> {
                int from = 0;
                int to = token.length();
                while (from < start && from < to && token.charAt(from) == content) {
                    from++;
                }
                while (token.length() - to < stop && from < to && token.charAt(to - 1) == content) {
                    to--;
                }
                return token.substring(from, to);
            });
        }
    }

    /** The same for the text as a whole, that is, after its tokens have been joined. */
    record StripWhole(char content, int start, int stop) implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            return new Stage() {
                private int toTake = start;
                private int atEnd;

                @Override
                public void accept(String token) {
                    StringBuilder kept = new StringBuilder();
                    for (int i = 0; i < token.length(); i++) {
                        char c = token.charAt(i);
                        if (c == content && toTake > 0) {
                            toTake--;
                        } else if (c == content && stop > 0) {
                            atEnd++;
                        } else {
                            toTake = 0;
                            kept.repeat(content, atEnd).append(c);
                            atEnd = 0;
                        }
                    }
                    emit(kept.toString(), next);
                }

                @Override
                public void finish() {
                    emit(String.valueOf(content).repeat(Math.max(0, atEnd - stop)), next);
                    next.finish();
                }
            };
        }
    }

    /** The replacement character becomes a space; in the first token it goes away where {@code dropsFirst} says so. */
    record Metaspace(char replacement, boolean dropsFirst) implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            return new Stage() {
                private boolean first = true;

                @Override
                public void accept(String token) {
                    boolean drops = first && dropsFirst;
                    first = false;
                    next.accept(
                            drops ? token.replace(String.valueOf(replacement), "") : token.replace(replacement, ' '));
                }

                @Override
                public void finish() {
                    next.finish();
                }
            };
        }
    }

    /** A space between tokens: what the tokenizers library does where a file names no decoder. */
    record SpaceBetween() implements TextDecoder {
        @Override
        public Stage open(Stage next) {
            return new Stage() {
                private boolean first = true;

                @Override
                public void accept(String token) {
                    next.accept(first ? token : " " + token);
                    first = false;
                }

                @Override
                public void finish() {
                    next.finish();
                }
            };
        }
    }

    /** A step that treats each token by itself. */
    private static Stage eachToken(Stage next, UnaryOperator<String> change) {
        return new Stage() {
            @Override
            public void accept(String token) {
                next.accept(change.apply(token));
            }

            @Override
            public void finish() {
                next.finish();
            }
        };
    }

    private static void emit(String text, Stage next) {
        if (!text.isEmpty()) {
            next.accept(text);
        }
    }
}

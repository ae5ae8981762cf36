package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the decoder of a tokenizer.json.
 *
 * <p>After {@code Fuse} or {@code ByteLevel} the tokens are one text. What follows then works on the whole of it: a strip
 * counts at the text's ends, a replacement of single characters can go on piece by piece, anything else waits for the
 * end.
 */
final class TextDecoderJson {
    private static final int MAX_STRIP = 1 << 20;

    private final List<TextDecoder> decoders = new ArrayList<>();
    private boolean fused;

    private TextDecoderJson() {}

    static TextDecoder read(JsonPart decoder) {
        if (decoder.isNull()) {
            return new TextDecoder.SpaceBetween();
        }
        Growth.check(decoder);
        TextDecoderJson reader = new TextDecoderJson();
        reader.add(decoder);
        return new TextDecoder.Sequence(List.copyOf(reader.decoders));
    }

    private void add(JsonPart decoder) {
        String type = decoder.get("type").text();
        switch (type) {
            case "Sequence" -> decoder.get("decoders").elements().forEach(this::add);
            case "Fuse" -> fused = true;
            case "ByteLevel" -> {
                addForTokens(new TextDecoder.ByteLevel());
                fused = true;
            }
            case "ByteFallback" -> addForTokens(new TextDecoder.ByteFallback());
            case "Metaspace" ->
                addForTokens(new TextDecoder.Metaspace(
                        decoder.get("replacement").character(),
                        PreTokenizerJson.prefix(decoder) != PreTokenizer.Metaspace.Prefix.NEVER));
            case "Replace" -> addReplace(decoder);
            case "Strip" -> addStrip(decoder);
            default -> throw decoder.unsupported("decoder " + type);
        }
    }

    private void addForTokens(TextDecoder decoder) {
        if (fused) {
            decoders.add(new TextDecoder.Join());
        }
        decoders.add(decoder);
    }

    private void addReplace(JsonPart decoder) {
        TextPattern pattern = TextPattern.read(decoder.get("pattern"));
        TextDecoder replace =
                new TextDecoder.Replace(pattern, decoder.get("content").text());
        JsonPart literal = decoder.get("pattern").get("String");
        boolean oneCharacter = literal.isText() && literal.text().length() == 1;
        if (oneCharacter) {
            decoders.add(replace);
        } else {
            addForTokens(replace);
        }
    }

    private void addStrip(JsonPart decoder) {
        char content = decoder.get("content").character();
        int start = decoder.get("start").integer(MAX_STRIP);
        int stop = decoder.get("stop").integer(MAX_STRIP);
        decoders.add(
                fused
                        ? new TextDecoder.StripWhole(content, start, stop)
                        : new TextDecoder.StripEach(content, start, stop));
    }
}

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
final class DecoderJson {
    private static final int MAX_STRIP = 1 << 20;

    private final List<Decoder> decoders = new ArrayList<>();
    private boolean fused;

    private DecoderJson() {}

    static Decoder read(JsonPart decoder) {
        if (decoder.isNull()) {
            return new Decoder.SpaceBetween();
        }
        Growth.check(decoder);
        DecoderJson reader = new DecoderJson();
        reader.add(decoder);
        return new Decoder.Sequence(List.copyOf(reader.decoders));
    }

    private void add(JsonPart decoder) {
        String type = decoder.get("type").text();
        switch (type) {
            case "Sequence" -> decoder.get("decoders").elements().forEach(this::add);
            case "Fuse" -> fused = true;
            case "ByteLevel" -> {
                addForTokens(new Decoder.ByteLevel());
                fused = true;
            }
            case "ByteFallback" -> addForTokens(new Decoder.ByteFallback());
            case "Metaspace" ->
                addForTokens(new Decoder.Metaspace(
                        decoder.get("replacement").character(),
                        PreTokenizerJson.prefix(decoder) != PreTokenizer.Metaspace.Prefix.NEVER));
            case "Replace" -> addReplace(decoder);
            case "Strip" -> addStrip(decoder);
            default -> throw decoder.unsupported("decoder " + type);
        }
    }

    private void addForTokens(Decoder decoder) {
        if (fused) {
            decoders.add(new Decoder.Join());
        }
        decoders.add(decoder);
    }

    private void addReplace(JsonPart decoder) {
        TextPattern pattern = TextPattern.read(decoder.get("pattern"));
        Decoder replace = new Decoder.Replace(pattern, decoder.get("content").text());
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
                fused ? new Decoder.StripWhole(content, start, stop) : new Decoder.StripEach(content, start, stop));
    }
}

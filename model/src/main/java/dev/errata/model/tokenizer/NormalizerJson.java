package dev.errata.model.tokenizer;

import java.nio.ByteBuffer;
import java.text.Normalizer.Form;
import java.util.Base64;
import java.util.List;

/** Reads the normalizer of a tokenizer.json. */
final class NormalizerJson {
    private NormalizerJson() {}

    static Normalizer read(JsonPart normalizer) {
        if (normalizer.isNull()) {
            return new Normalizer.Sequence(List.of());
        }
        Growth.check(normalizer);
        return step(normalizer);
    }

    private static Normalizer step(JsonPart normalizer) {
        String type = normalizer.get("type").text();
        return switch (type) {
            case "Sequence" ->
                new Normalizer.Sequence(normalizer.get("normalizers").elements().stream()
                        .map(NormalizerJson::step)
                        .toList());
            case "NFC" -> new Normalizer.UnicodeForm(Form.NFC);
            case "NFD" -> new Normalizer.UnicodeForm(Form.NFD);
            case "NFKC" -> new Normalizer.UnicodeForm(Form.NFKC);
            case "NFKD" -> new Normalizer.UnicodeForm(Form.NFKD);
            case "Lowercase" -> new Normalizer.Lowercase();
            case "Prepend" -> new Normalizer.Prepend(normalizer.get("prepend").text());
            case "Replace" ->
                new Normalizer.Replace(
                        TextPattern.read(normalizer.get("pattern")),
                        normalizer.get("content").text());
            case "Strip" ->
                new Normalizer.Strip(
                        normalizer.get("strip_left").flag(false),
                        normalizer.get("strip_right").flag(false));
            case "StripAccents" -> new Normalizer.Replace(EarlierUnicode.ACCENTS, "");
            case "ByteLevel" -> new Normalizer.Bytes();
            case "Precompiled" -> new PrecompiledNormalizer(characterMap(normalizer.get("precompiled_charsmap")));
            default -> throw normalizer.unsupported("normalizer " + type);
        };
    }

    private static CharacterMap characterMap(JsonPart base64) {
        try {
            return CharacterMap.read(ByteBuffer.wrap(Base64.getDecoder().decode(base64.text())), base64.file());
        } catch (IllegalArgumentException e) {
            throw base64.wrong("not in Base64");
        }
    }
}

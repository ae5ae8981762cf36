package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** The ids that a tokenizer.json's post-processor puts before and after a single text. */
record SurroundingTokens(List<Integer> front, List<Integer> back) {
    static SurroundingTokens read(JsonPart processor) {
        SurroundingTokens none = new SurroundingTokens(List.of(), List.of());
        if (processor.isNull()) {
            return none;
        }
        String type = processor.get("type").text();
        return switch (type) {
            case "ByteLevel" -> none; // it only trims offsets
            case "TemplateProcessing" -> template(processor);
            case "BertProcessing", "RobertaProcessing" ->
                new SurroundingTokens(List.of(idOfPair(processor.get("cls"))), List.of(idOfPair(processor.get("sep"))));
            case "Sequence" -> {
                List<Integer> front = new ArrayList<>();
                List<Integer> back = new ArrayList<>();
                for (JsonPart each : processor.get("processors").elements()) {
                    SurroundingTokens inner = read(each);
                    if (!inner.isEmpty() && !(front.isEmpty() && back.isEmpty())) {
                        throw each.unsupported("a second post-processor that adds tokens");
                    }
                    front.addAll(0, inner.front());
                    back.addAll(inner.back());
                }
                yield new SurroundingTokens(front, back);
            }
            default -> throw processor.unsupported("post-processor " + type);
        };
    }

    private boolean isEmpty() {
        return front.isEmpty() && back.isEmpty();
    }

    private static SurroundingTokens template(JsonPart processor) {
        List<Integer> front = new ArrayList<>();
        List<Integer> back = new ArrayList<>();
        boolean afterText = false;
        for (JsonPart item : processor.get("single").elements()) {
            if (item.get("Sequence").isObject()) {
                if (afterText) {
                    throw item.unsupported("a template that repeats the text");
                }
                afterText = true;
                continue;
            }
            String name = item.get("SpecialToken").get("id").text();
            JsonPart ids = processor.get("special_tokens").get(name).get("ids");
            for (JsonPart id : ids.elements()) {
                (afterText ? back : front).add(id.integer(Vocabulary.MAX_ID));
            }
        }
        if (!afterText) {
            throw processor.wrong("template without the text");
        }
        return new SurroundingTokens(front, back);
    }

    /** {@code ["</s>", 2]} */
    private static int idOfPair(JsonPart pair) {
        List<JsonPart> elements = pair.elements();
        if (elements.size() != 2) {
            throw pair.wrong("not a token and its id");
        }
        return elements.get(1).integer(Vocabulary.MAX_ID);
    }
}

package dev.errata.pipeline.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Summary;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a stage made, for people: a line for each fact, those within another indented, and accuracies as a table. */
final class StageText {
    private static final String ARMS = "arms";

    private StageText() {}

    static String of(Object result) {
        JsonNode tree = Json.MAPPER.valueToTree(result);
        StringBuilder text = new StringBuilder();
        tree.properties().forEach(each -> {
            if (!each.getKey().equals(ARMS)) {
                add(text, "", each.getKey(), each.getValue());
            }
        });
        if (tree.path(ARMS).isObject()) {
            Map<String, Summary.Arm> arms = new LinkedHashMap<>();
            tree.path(ARMS)
                    .properties()
                    .forEach(each ->
                            arms.put(each.getKey(), Json.MAPPER.convertValue(each.getValue(), Summary.Arm.class)));
            text.append('\n').append(SummaryTable.of(arms));
        }
        return text.toString();
    }

    private static void add(StringBuilder text, String indent, String key, JsonNode value) {
        text.append(indent).append(key).append(':');
        if (value.isObject() && !value.isEmpty()) {
            text.append('\n');
            value.properties().forEach(each -> add(text, indent + "  ", each.getKey(), each.getValue()));
            return;
        }
        String shown = value.isTextual()
                ? value.textValue()
                : value.isContainerNode() && value.isEmpty() ? "none" : value.toString();
        text.append(' ').append(shown).append('\n');
    }
}

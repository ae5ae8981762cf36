package dev.errata.pipeline.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.run.Loop;
import java.util.List;

/** Runs one stage and prints what it made. */
final class OneStage {
    private OneStage() {}

    static void run(String stage, String config, List<String> overrides, Session session) {
        ConfigArguments arguments = ConfigArguments.of(config, overrides, session);
        Object made = Loop.stage(stage, arguments.config(), arguments.input(), session.surroundings());
        session.result(made, made instanceof Summary summary ? SummaryTable.of(summary) : lines(made));
    }

    private static String lines(Object result) {
        StringBuilder text = new StringBuilder();
        JsonNode tree = Json.MAPPER.valueToTree(result);
        tree.properties()
                .forEach(each -> text.append(each.getKey())
                        .append(": ")
                        .append(
                                each.getValue().isTextual()
                                        ? each.getValue().textValue()
                                        : each.getValue().toString())
                        .append('\n'));
        return text.toString();
    }
}

package dev.errata.pipeline.report;

import java.util.Map;

/** Names and values in columns. */
final class Facts {
    private Facts() {}

    static Html list(Map<String, String> facts) {
        var html = new Html();
        html.open("dl", "class", "facts").line();
        facts.forEach((name, value) -> html.open("div")
                .element("dt", name)
                .element("dd", value)
                .close("div")
                .line());
        return html.close("dl");
    }
}

package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A list of problems that opens one at a time. Without a script it is a list of folded entries; the page's script turns
 * it into one entry with filters, a search and previous and next.
 */
final class ProblemBrowser {
    /** Characters of HTML after which no further problem is added: more than a browser opens with ease. */
    static final int BUDGET = 64_000_000;

    private ProblemBrowser() {}

    /**
     * Draws the problems.
     *
     * @param id unique on the page
     * @param filters the words on each filter's button, by tag
     * @param first the tag to begin with; all problems where none has it
     */
    static Html of(
            String id,
            List<Problem> problems,
            Map<String, String> filters,
            String first,
            Function<Problem, Entry> entry) {
        var entries = new ArrayList<Entry>();
        int length = 0;
        for (Problem problem : problems) {
            if (length > BUDGET) {
                break;
            }
            Entry next = entry.apply(problem);
            length += next.body().length();
            entries.add(next);
        }
        var html = new Html();
        html.open("div", "class", "browser", "id", id, "data-first", first);
        if (entries.size() < problems.size()) {
            html.element(
                    "p",
                    "Shown here: the first " + entries.size() + " of " + NumberFormats.count(problems.size())
                            + " problems. The run's folder holds all of them.",
                    "class",
                    "note");
        }
        html.add(controls(entries, filters)).line();
        for (int i = 0; i < entries.size(); i++) {
            Entry one = entries.get(i);
            html.open(
                    "details", "class", "problem", "id", id + "-" + (i + 1), "data-tags", String.join(" ", one.tags()));
            html.element("summary", Texts.shortened(one.title(), 90)).line().add(one.body());
            html.close("details").line();
        }
        return html.close("div").line();
    }

    /** Hidden until the script finds them. */
    private static Html controls(List<Entry> entries, Map<String, String> filters) {
        var html = new Html();
        html.open("div", "class", "controls", "hidden", "");
        html.open("div", "class", "filters", "role", "group", "aria-label", "Filter");
        filter(html, "", "All", entries.size());
        filters.forEach((tag, words) -> {
            long count =
                    entries.stream().filter(one -> one.tags().contains(tag)).count();
            if (count > 0) {
                filter(html, tag, words, count);
            }
        });
        html.close("div").open("div", "class", "pager");
        html.element("button", "← Previous", "type", "button", "data-move", "-1");
        html.element("button", "Next →", "type", "button", "data-move", "1");
        html.element("span", "", "class", "position", "role", "status");
        html.element("select", "", "aria-label", "Choose a problem");
        html.empty("input", "type", "search", "placeholder", "Search the texts", "aria-label", "Search the texts");
        return html.close("div").close("div");
    }

    private static void filter(Html html, String tag, String words, long count) {
        html.open("button", "type", "button", "data-filter", tag, "aria-pressed", tag.isEmpty() ? "true" : "false");
        html.text(words + " ").element("span", Long.toString(count)).close("button");
    }
}

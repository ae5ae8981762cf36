package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A small reader of pages: every element is closed in its order, ids are unique, no attribute loads or runs anything. */
final class WellFormed {
    private static final Pattern TAG =
            Pattern.compile("<(/?)([a-zA-Z0-9]+)((?:\\s+[a-zA-Z0-9-]+=\"[^\"<>]*\")*)\\s*(/?)>");
    private static final Pattern ATTRIBUTE = Pattern.compile("([a-zA-Z0-9-]+)=\"([^\"]*)\"");
    private static final Set<String> LOADING = Set.of("src", "srcset", "href", "data", "poster", "background", "style");

    private WellFormed() {}

    static void check(String page) {
        assertThat(page).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
        String body = page.substring("<!DOCTYPE html>".length())
                .replaceAll("(?s)(<style>).*?(</style>)", "$1$2")
                .replaceAll("(?s)(<script>).*?(</script>)", "$1$2");
        var open = new ArrayDeque<String>();
        var ids = new HashSet<String>();
        int end = 0;
        Matcher tag = TAG.matcher(body);
        while (tag.find()) {
            assertThat(body.substring(end, tag.start())).doesNotContain("<", ">");
            end = tag.end();
            if (!tag.group(1).isEmpty()) {
                assertThat(open.pop()).isEqualTo(tag.group(2));
            } else {
                attributes(tag.group(3), ids);
                if (tag.group(4).isEmpty()) {
                    open.push(tag.group(2));
                }
            }
        }
        assertThat(body.substring(end)).isEqualTo("\n");
        assertThat(open).isEmpty();
    }

    private static void attributes(String source, Set<String> ids) {
        Matcher attribute = ATTRIBUTE.matcher(source);
        while (attribute.find()) {
            String name = attribute.group(1);
            boolean inThePage = name.equals("href") && attribute.group(2).startsWith("#");
            assertThat(inThePage || !LOADING.contains(name)).as(name).isTrue();
            assertThat(name).doesNotStartWith("on");
            if (name.equals("id")) {
                assertThat(ids.add(attribute.group(2)))
                        .as("id %s is unique", attribute.group(2))
                        .isTrue();
            }
        }
    }
}

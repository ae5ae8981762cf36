package dev.errata.pipeline.serve.http;

import dev.errata.pipeline.report.InlinePage;
import java.util.Map;

/**
 * A page that a server answers with: its style and script stand in it, it loads nothing else, and it may ask its own server
 * alone.
 *
 * @param html the whole page
 * @param policy its Content-Security-Policy
 */
public record ServedPage(String html, String policy) {
    /** The page made of {@code NAME.html}, {@code NAME.css} and {@code NAME.js}, which lie beside a class. */
    public static ServedPage of(Class<?> beside, String name) {
        String style = InlinePage.resource(beside, name + ".css");
        String script = InlinePage.resource(beside, name + ".js");
        return new ServedPage(
                InlinePage.resource(beside, name + ".html")
                        .replace("/*style*/", style)
                        .replace("/*script*/", script),
                InlinePage.policy(style, script) + "; connect-src 'self'; img-src data:; frame-ancestors 'none'");
    }

    /** Answers a request with it. */
    public void answer(Exchange exchange) {
        exchange.text("text/html; charset=utf-8", html, Map.of("Content-Security-Policy", policy));
    }
}

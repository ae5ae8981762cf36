package dev.errata.pipeline.serve;

import dev.errata.pipeline.report.InlinePage;
import dev.errata.pipeline.serve.http.Exchange;
import java.util.Map;

/** {@code GET /}: a page to chat with the model. It loads nothing else, and asks this server alone. */
final class ChatPage {
    private static final String STYLE = InlinePage.resource(ChatPage.class, "chat.css");
    private static final String SCRIPT = InlinePage.resource(ChatPage.class, "chat.js");
    private static final String PAGE = InlinePage.resource(ChatPage.class, "chat.html")
            .replace("/*style*/", STYLE)
            .replace("/*script*/", SCRIPT);
    private static final String POLICY =
            InlinePage.policy(STYLE, SCRIPT) + "; connect-src 'self'; img-src data:; frame-ancestors 'none'";

    private ChatPage() {}

    static void answer(Exchange exchange) {
        exchange.text("text/html; charset=utf-8", PAGE, Map.of("Content-Security-Policy", POLICY));
    }
}

package dev.errata.pipeline.review;

import dev.errata.pipeline.report.InlinePage;
import dev.errata.pipeline.serve.http.Exchange;
import java.util.Map;

/** {@code GET /}: the page of a review. It loads nothing else, and asks its own server alone. */
final class ReviewPage {
    private static final String STYLE = InlinePage.resource(ReviewPage.class, "review.css");
    private static final String SCRIPT = InlinePage.resource(ReviewPage.class, "review.js");
    private static final String PAGE = InlinePage.resource(ReviewPage.class, "review.html")
            .replace("/*style*/", STYLE)
            .replace("/*script*/", SCRIPT);
    private static final String POLICY =
            InlinePage.policy(STYLE, SCRIPT) + "; connect-src 'self'; img-src data:; frame-ancestors 'none'";

    private ReviewPage() {}

    static void answer(Exchange exchange) {
        exchange.text("text/html; charset=utf-8", PAGE, Map.of("Content-Security-Policy", POLICY));
    }
}

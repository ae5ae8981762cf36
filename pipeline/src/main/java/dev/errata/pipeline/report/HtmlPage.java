package dev.errata.pipeline.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The frame of a report: a headline, a list of contents, and sections. The page loads nothing, and a policy inside it
 * forbids every request and every script but its own.
 */
public final class HtmlPage {
    private record Section(String id, String title, Html body) {}

    private final String title;
    private final String headline;
    private final List<String> findings;
    private final List<Section> sections = new ArrayList<>();

    /**
     * @param subject what the page is about; may be blank
     * @param headline the one sentence that a reader should take away
     * @param findings the sentences behind it
     */
    public HtmlPage(String subject, String headline, List<String> findings) {
        this.title = subject.isBlank() ? "Errata" : "Errata · " + subject;
        this.headline = headline;
        this.findings = findings;
    }

    /** Adds a section; {@code id} is unique on the page and what the contents link to. */
    public HtmlPage section(String id, String sectionTitle, Html body) {
        sections.add(new Section(id, sectionTitle, body));
        return this;
    }

    /** The whole page. */
    public String render() {
        String style = InlinePage.resource(HtmlPage.class, "report.css");
        String script = InlinePage.resource(HtmlPage.class, "report.js");
        var html = new Html();
        html.inline("<!DOCTYPE html>\n")
                .open("html", "lang", "en")
                .line()
                .open("head")
                .line();
        html.empty("meta", "charset", "utf-8").line();
        html.empty("meta", "http-equiv", "Content-Security-Policy", "content", InlinePage.policy(style, script))
                .line();
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .line();
        html.empty("meta", "name", "color-scheme", "content", "light dark").line();
        html.element("title", title).line();
        html.open("style").inline(style).close("style").line().close("head").line();
        html.open("body").line();
        header(html);
        html.open("main").line();
        for (Section section : sections) {
            html.open("section", "id", section.id()).element("h2", section.title());
            html.add(section.body()).close("section").line();
        }
        html.close("main").line();
        html.element("footer", "Written by Errata. This page is complete in itself and loads nothing.")
                .line();
        html.open("script").inline(script).close("script").line();
        return html.close("body").line().close("html").line().toString();
    }

    private void header(Html html) {
        html.open("header").element("p", title, "class", "eyebrow").element("h1", headline);
        findings.forEach(sentence -> html.element("p", sentence, "class", "finding"));
        if (sections.size() > 1) {
            html.open("nav", "class", "contents", "aria-label", "Contents").open("ul");
            for (Section section : sections) {
                html.open("li")
                        .element("a", section.title(), "href", "#" + section.id())
                        .close("li");
            }
            html.close("ul").close("nav");
        }
        html.close("header").line();
    }
}

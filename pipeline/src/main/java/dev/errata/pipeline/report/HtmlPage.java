package dev.errata.pipeline.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
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
        String style = resource("report.css");
        String script = resource("report.js");
        var html = new Html();
        html.inline("<!DOCTYPE html>\n")
                .open("html", "lang", "en")
                .line()
                .open("head")
                .line();
        html.empty("meta", "charset", "utf-8").line();
        html.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy(style, script))
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

    private static String policy(String style, String script) {
        return "default-src 'none'; style-src '" + hash(style) + "'; script-src '" + hash(script)
                + "'; base-uri 'none'; form-action 'none'";
    }

    private static String hash(String source) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing beside " + HtmlPage.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

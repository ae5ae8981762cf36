package dev.errata.pipeline.report;

import dev.errata.pipeline.record.StepMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The run's report: one HTML page that loads nothing and holds no time, so the same data give the same bytes. A policy
 * inside the page forbids every request and every script but the page's own.
 */
public final class ReportPage {
    private ReportPage() {}

    /** The whole page. Parts that the data lack are left out, and where a reader would miss them the page says so. */
    public static String render(ReportData data) {
        String style = resource("report.css");
        String script = resource("report.js");
        String title = data.title().isBlank() ? "Errata" : "Errata · " + data.title();
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
        header(html, data, title);
        html.open("main").line();
        results(html, data);
        paths(html, data);
        training(html, data);
        browsers(html, data);
        facts(html, data);
        html.close("main").line();
        html.element("footer", "Written by Errata. This page is complete in itself and loads nothing.")
                .line();
        html.open("script").inline(script).close("script").line();
        return html.close("body").line().close("html").line().toString();
    }

    private static void header(Html html, ReportData data, String title) {
        Verdict verdict = Verdict.of(data);
        html.open("header").element("p", title, "class", "eyebrow").element("h1", verdict.headline());
        verdict.sentences().forEach(sentence -> html.element("p", sentence, "class", "finding"));
        html.close("header").line();
    }

    private static void results(Html html, ReportData data) {
        if (data.arms().isEmpty()) {
            return;
        }
        html.open("section").element("h2", "Result");
        html.add(ResultTable.of(data));
        html.open("div", "class", "charts").add(AccuracyChart.draw(data.arms()));
        Comparison.of(data, ArmName.LEMA, ArmName.COT)
                .filter(Comparison::tested)
                .ifPresent(arms -> html.add(PairedChart.draw(data, arms)));
        html.close("div");
        html.close("section").line();
    }

    private static void paths(Html html, ReportData data) {
        List<Html> figures = PathFigures.of(data);
        String rows = PathFigures.trainingRows(data);
        if (figures.isEmpty() && rows == null) {
            return;
        }
        html.open("section").element("h2", "From mistakes to lessons");
        if (data.corrections().isEmpty()) {
            html.element("p", "No path was corrected in this run.", "class", "lead");
        }
        if (rows != null) {
            html.element("p", rows, "class", "lead");
        }
        html.open("div", "class", "charts");
        figures.forEach(html::add);
        html.close("div").close("section").line();
    }

    private static void training(Html html, ReportData data) {
        List<Curve> losses = curves(data, StepMetrics::loss);
        html.open("section").element("h2", "Training");
        if (losses.isEmpty()) {
            html.element("p", "No arm has been trained.", "class", "lead")
                    .close("section")
                    .line();
            return;
        }
        html.open("div", "class", "charts");
        html.add(LineChart.draw("loss", "Training loss", "nats per target token", losses));
        html.add(LineChart.draw(
                "grad-norm", "Gradient norm before clipping", "L2 norm", curves(data, StepMetrics::gradNorm)));
        html.close("div").close("section").line();
    }

    private static List<Curve> curves(ReportData data, ToDoubleFunction<StepMetrics> value) {
        var curves = new ArrayList<Curve>();
        for (String arm : ArmName.ordered(data.metrics().keySet())) {
            List<StepMetrics> metrics = data.metrics().get(arm);
            if (!metrics.isEmpty()) {
                curves.add(Curve.of(arm, metrics, value));
            }
        }
        return curves;
    }

    private static void browsers(Html html, ReportData data) {
        if (!data.problems().isEmpty()) {
            var entries = new TrainingEntries(data);
            html.open("section").element("h2", "Mistakes and corrections, problem by problem");
            html.add(ProblemBrowser.of("mistakes", data.problems(), TrainingEntries.FILTERS, "corrected", entries::of));
            html.close("section").line();
        }
        if (!data.heldOut().isEmpty()) {
            var entries = new HeldOutEntries(data);
            html.open("section").element("h2", "Held-out answers, side by side");
            html.add(ProblemBrowser.of("held-out", data.heldOut(), entries.filters(), "", entries::of));
            html.close("section").line();
        }
        if (data.problems().isEmpty() && data.heldOut().isEmpty()) {
            html.open("section").element("h2", "Problems");
            html.element("p", "The run holds no problems yet.", "class", "lead")
                    .close("section")
                    .line();
        }
    }

    private static void facts(Html html, ReportData data) {
        if (data.facts().isEmpty()) {
            return;
        }
        html.open("section")
                .element("h2", "The run")
                .open("dl", "class", "facts")
                .line();
        data.facts()
                .forEach((name, value) -> html.open("div")
                        .element("dt", name)
                        .element("dd", value)
                        .close("div")
                        .line());
        html.close("dl").close("section").line();
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
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing beside " + ReportPage.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

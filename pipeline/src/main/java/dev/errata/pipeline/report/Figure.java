package dev.errata.pipeline.report;

/** The frame of one chart: an SVG with title and description for those who hear the page, and a caption below. */
public final class Figure {
    /** Width of every chart in its own units; the page scales it. */
    public static final double WIDTH = 460;

    private Figure() {}

    /**
     * Wraps a drawing.
     *
     * @param id unique on the page
     * @param description the chart's message in words
     * @param caption shown below; null for none
     */
    public static Html of(String id, String title, String description, double height, Html drawing, String caption) {
        var html = new Html();
        html.open("figure", "class", "chart").element("h3", title);
        html.open(
                "svg",
                "viewBox",
                "0 0 " + NumberFormats.coordinate(WIDTH) + " " + NumberFormats.coordinate(height),
                "role",
                "img",
                "aria-labelledby",
                id + "-title " + id + "-desc");
        html.element("title", title, "id", id + "-title").element("desc", description, "id", id + "-desc");
        html.add(drawing).close("svg");
        if (caption != null) {
            html.element("figcaption", caption);
        }
        return html.close("figure").line();
    }

    public static void line(Html svg, String style, double x1, double y1, double x2, double y2) {
        svg.empty("line", "class", style, "x1", at(x1), "y1", at(y1), "x2", at(x2), "y2", at(y2));
    }

    public static void bar(Html svg, String style, double x, double y, double width, double height) {
        svg.empty(
                "rect",
                "class",
                style,
                "x",
                at(x),
                "y",
                at(y),
                "width",
                at(Math.max(width, 0)),
                "height",
                at(height),
                "rx",
                "2");
    }

    /** Text at a point; {@code anchor} is start, middle or end. */
    public static void label(Html svg, String style, double x, double y, String anchor, String text) {
        svg.element("text", text, "class", style, "x", at(x), "y", at(y), "text-anchor", anchor);
    }

    public static String at(double coordinate) {
        return NumberFormats.coordinate(coordinate);
    }
}

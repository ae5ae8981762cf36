package dev.errata.bench.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Rows of texts under headings: for people, as a table of Markdown, whose numbers stand to the right, or as CSV. */
public final class TextTable {
    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    private record Column(String heading, boolean isNumber) {
        String padded(String text, int width) {
            String room = " ".repeat(width - text.length());
            return isNumber ? room + text : text + room;
        }
    }

    private TextTable(List<Column> columns) {
        this.columns = columns;
    }

    /** A table with these headings; those that begin with {@code #} are of numbers and lose the sign. */
    public static TextTable of(String... headings) {
        List<Column> columns = new ArrayList<>();
        for (String each : headings) {
            boolean isNumber = each.startsWith("#");
            columns.add(new Column(isNumber ? each.substring(1) : each, isNumber));
        }
        return new TextTable(columns);
    }

    /** Adds a row; null is an empty cell. */
    public void add(Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + columns.size() + " headings");
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell == null ? "" : cell.toString());
        }
        rows.add(row);
    }

    public String markdown() {
        int[] widths = new int[columns.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = Math.max(3, columns.get(c).heading().length());
            for (List<String> row : rows) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        List<String> headings = columns.stream().map(Column::heading).toList();
        StringBuilder text = new StringBuilder(line(headings, widths));
        for (int c = 0; c < widths.length; c++) {
            String dashes = "-".repeat(widths[c] + 1);
            text.append('|').append(columns.get(c).isNumber() ? dashes + ":" : ":" + dashes);
        }
        text.append("|\n");
        rows.forEach(row -> text.append(line(row, widths)));
        return text.toString();
    }

    private String line(List<String> row, int[] widths) {
        StringBuilder text = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            text.append("| ")
                    .append(columns.get(c).padded(row.get(c), widths[c]))
                    .append(' ');
        }
        return text.append("|\n").toString();
    }

    /** Headings and rows as RFC 4180 has them, in snake_case. */
    public String csv() {
        StringBuilder text = new StringBuilder();
        text.append(columns.stream()
                .map(column -> csv(column.heading().replaceAll("[^A-Za-z0-9]+", "_")))
                .collect(Collectors.joining(",", "", "\n")));
        for (List<String> row : rows) {
            text.append(row.stream().map(TextTable::csv).collect(Collectors.joining(",", "", "\n")));
        }
        return text.toString();
    }

    private static String csv(String cell) {
        return cell.matches("[^\",\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}

package dev.errata.bench.measure;

import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import java.util.List;
import picocli.CommandLine.Option;

/** In which form measured rows are printed. */
public final class ResultOptions {
    @Option(names = "--csv", description = "results on stdout as CSV")
    private boolean csv;

    /** To be called before anything is measured. */
    public void check(Session session) {
        if (csv && session.json()) {
            throw new BadInputException("--csv is given beside --json", "the command line", "leave one of the two out");
        }
    }

    /**
     * Prints rows as JSON, as CSV, or for people: the machine, then the table.
     *
     * @param notes lines to people below the table
     */
    public void print(Session session, List<?> rows, TextTable table, List<String> notes) {
        Measured<?> measured = Measured.here(rows);
        if (csv) {
            session.out().print(table.csv());
            return;
        }
        StringBuilder text = new StringBuilder(measured.machine() + "; " + measured.jdk() + "\n\n");
        text.append(table.markdown());
        if (!notes.isEmpty()) {
            text.append('\n').append(String.join("\n", notes));
        }
        session.result(measured, text.toString());
    }

    /** The numbers of threads to measure with, one after another. */
    public static List<Integer> threadCounts(Session session) {
        return session.threadCounts().isEmpty()
                ? List.of(Runtime.getRuntime().availableProcessors())
                : session.threadCounts();
    }
}

package dev.errata.pipeline.cli.model;

import dev.errata.pipeline.cli.AnyConfig;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.rows.PreviewedRow;
import dev.errata.pipeline.rows.RowPreview;
import dev.errata.tensor.BadInputException;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code preview}: the rows of a training as the model will see them. */
@picocli.CommandLine.Command(
        name = "preview",
        description = "Show rows as the model will see them: tokens, what is trained of them, what is dropped.",
        footer = {
            "",
            "Example:",
            "  errata preview configs/lora.yaml model=DIR data=rows.jsonl output=runs/lora --rows 5"
        })
public final class PreviewCommand implements Command {
    private static final String TRAINED = "\u001b[32m";
    private static final String PLAIN = "\u001b[0m";

    @Parameters(index = "0", paramLabel = "CONFIG", description = "a config of train")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Option(names = "--rows", paramLabel = "N", description = "how many rows to show (default: 3); 0: all")
    private int rows = 3;

    @Override
    public void run(Session session) {
        if (rows < 0) {
            throw new BadInputException("--rows is " + rows, "the command line", "give 0 or more");
        }
        if (!(AnyConfig.read(config, overrides, session) instanceof AnyConfig.OfTraining(var training))) {
            throw new BadInputException(
                    "a loop makes its rows when it runs",
                    config,
                    "give a config of train, with data=RUN/filter/lema.jsonl for the rows of a loop's arm");
        }
        int most = rows == 0 ? Integer.MAX_VALUE : rows;
        RowPreview preview = RowPreview.of(training, row -> {
            if (row.row() <= most) {
                if (session.json()) {
                    session.row(row);
                } else {
                    session.out().println(text(row, session.coloured()));
                }
            }
        });
        preview.lines().forEach(line -> {
            if (session.json()) {
                session.progress().say(line);
            } else {
                session.out().println(line);
            }
        });
    }

    private static String text(PreviewedRow row, boolean coloured) {
        StringBuilder text = new StringBuilder();
        text.append("row ").append(row.row()).append(": ").append(row.tokens()).append(" tokens, ");
        text.append(row.targets()).append(" trained");
        if (row.dropped() != null) {
            text.append(", dropped: ").append(row.dropped());
        }
        text.append('\n');
        for (PreviewedRow.Piece piece : row.pieces()) {
            if (piece.trained()) {
                text.append(coloured ? TRAINED : "⟦").append(piece.text()).append(coloured ? PLAIN : "⟧");
            } else {
                text.append(piece.text());
            }
        }
        return text.append('\n').toString();
    }
}

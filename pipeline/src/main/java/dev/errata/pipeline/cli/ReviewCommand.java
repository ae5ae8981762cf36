package dev.errata.pipeline.cli;

import dev.errata.pipeline.review.RatingShares;
import dev.errata.pipeline.review.ReviewServer;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.run.RunReport;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code review RUN}: a page on which people rate a run's corrections. */
@picocli.CommandLine.Command(
        name = "review",
        description = {
            "Show a run's kept corrections beside the wrong paths on a local page, and keep what people think of them.",
            "Ratings are excellent, good or poor, in RUN/review/ratings.jsonl; begun again it goes on."
        },
        footer = {"", "Examples:", "  errata review runs/demo", "  errata review runs/demo --report --json"})
public final class ReviewCommand implements Command {
    @Parameters(index = "0", paramLabel = "RUN", description = "a run's folder, its stage correct done")
    private Path run;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "0", description = "0 for any that is free (0)")
    private int port;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "how many corrections are shown, drawn by --seed, the same for every rater (50, as in the paper)")
    private int count;

    @Option(names = "--report", description = "print the shares and the raters' agreement, and start no page")
    private boolean report;

    @Override
    public void run(Session session) {
        WatchOption.required(port);
        if (count < 1) {
            throw new BadInputException("count " + count, "--count", "give 1 or more");
        }
        if (!RunReport.isRun(run)) {
            throw new BadInputException("not a run's folder", run.toString(), "name the output of errata run");
        }
        RunFolder folder = new RunFolder(run);
        if (!report) {
            serve(folder, session);
        }
        RatingShares shares = RatingShares.of(folder);
        session.result(shares, RatingTable.of(shares));
    }

    /** Until a signal comes. */
    private void serve(RunFolder folder, Session session) {
        try (ReviewServer server = new ReviewServer(folder, count, session.seedOr(0), port)) {
            String address = "listening on http://127.0.0.1:" + server.port();
            if (session.json()) {
                session.progress().say(address); // stdout then holds the shares alone
            } else {
                session.out().println(address);
                session.out().flush();
            }
            session.progress()
                    .say("review: " + server.corrections() + " corrections; end with Ctrl-C, every rating is saved");
            session.stop().await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

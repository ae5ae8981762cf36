package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.run.RunReport;
import dev.errata.pipeline.watch.WatchServer;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code watch RUN}: a page that shows a run, whichever process works on it. */
@picocli.CommandLine.Command(
        name = "watch",
        description = {
            "Show a run on a local page while another process works on it: stages, pace, losses, the last texts.",
            "It only reads the run's folder. run and demo show their own with --watch."
        },
        footer = {"", "Example:", "  errata watch runs/gsm8k --port 8090"})
public final class WatchCommand implements Command {
    @Parameters(index = "0", paramLabel = "RUN", description = "a run's folder")
    private Path run;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "0", description = "0 for any that is free (0)")
    private int port;

    @Override
    public void run(Session session) {
        WatchOption.required(port);
        if (!RunReport.isRun(run)) {
            throw new BadInputException("not a run's folder", run.toString(), "name the output of errata run");
        }
        try (WatchServer watch = new WatchServer(new RunFolder(run), port)) {
            session.out().println("listening on " + watch.address());
            session.out().flush();
            session.stop().await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

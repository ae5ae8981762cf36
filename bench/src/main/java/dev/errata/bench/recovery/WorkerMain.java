package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultPlan;
import dev.errata.bench.recovery.fault.FaultyFileSystemProvider;
import dev.errata.bench.recovery.fault.ProcessGoneError;
import dev.errata.pipeline.cli.Main;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.Engine;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;

/** A process that runs many commands, one after another: a line of JSON in for each, one out. */
public final class WorkerMain {
    private WorkerMain() {}

    /** What to run. */
    record Task(FaultPlan plan, List<String> command) {}

    /** Runs what stdin says until it ends. */
    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.println(Json.line(run(Json.MAPPER.readValue(line, Task.class))));
        }
        System.exit(0);
    }

    private static Program.Ended run(Task task) throws IOException {
        FaultyFileSystemProvider.survive(task.plan());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        PrintStream out = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        int code;
        try {
            code = Main.run(
                    out,
                    err,
                    () -> ServiceLoader.load(Engine.class).findFirst().orElseThrow(),
                    task.command().toArray(String[]::new));
        } catch (ProcessGoneError gone) {
            code = Program.GONE;
        }
        return new Program.Ended(
                FaultyFileSystemProvider.isGone() ? Program.GONE : code, bytes.toString(StandardCharsets.UTF_8));
    }
}

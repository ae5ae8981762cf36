package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultKind;
import dev.errata.bench.recovery.fault.FaultPlan;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.RunFailedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * All commands in one process, which is warm after the first: there a process that would be gone is one whose disk takes nothing more.
 * What lies on the disk is the same, ten times as fast.
 */
final class ErrataWorker implements Program {
    private static final long LIMIT_SECONDS = 300;

    private final Path folder;
    private final Path scratch;
    private Process process;
    private BufferedReader answers;
    private PrintStream tasks;

    /**
     * @param folder where operations on files count
     * @param scratch a folder for what the process prints
     */
    ErrataWorker(Path folder, Path scratch) {
        this.folder = folder;
        this.scratch = scratch;
    }

    @Override
    public Ended run(List<String> command, FaultPlan plan) {
        try {
            if (process == null) {
                begin();
            }
            tasks.println(Json.line(new WorkerMain.Task(plan, command)));
            String answer = CompletableFuture.supplyAsync(this::answer).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (answer == null) {
                int code = process.waitFor();
                close();
                return new Ended(code, Files.readString(scratch.resolve("worker-stderr")));
            }
            return Json.MAPPER.readValue(answer, Ended.class);
        } catch (TimeoutException e) {
            close();
            return new Ended(-1, "still at work after " + LIMIT_SECONDS + " s");
        } catch (IOException | ExecutionException e) {
            throw new RunFailedException("a process can't be spoken to", scratch.toString(), "check the machine", e);
        } catch (InterruptedException e) {
            throw Program.interrupted();
        }
    }

    private String answer() {
        try {
            return answers.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void begin() throws IOException {
        FaultPlan none = new FaultPlan(folder.toString(), FaultKind.HALT, 0, 0, "");
        process = ErrataProcess.builder(WorkerMain.class, List.of(), none, List.of())
                .redirectError(scratch.resolve("worker-stderr").toFile())
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        tasks = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
            process = null;
        }
    }
}

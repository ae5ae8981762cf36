package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultKind;
import dev.errata.bench.recovery.fault.FaultPlan;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** {@code errata serve} on the inputs' model, at one address however often it is killed. It runs from when it is first asked for. */
final class ErrataServer implements AutoCloseable {
    private final Path in;
    private final Path scratch;
    private final int port;
    private Process process;
    private Future<?> kill = CompletableFuture.completedFuture(null);

    ErrataServer(Path in, Path scratch) {
        this.in = in;
        this.scratch = scratch;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        } catch (IOException e) {
            throw new RunFailedException("no port is free", "127.0.0.1", "free one", e);
        }
    }

    /** Its address; it runs from here on. */
    String url() {
        if (process == null) {
            start();
        }
        return "http://127.0.0.1:" + port + "/v1";
    }

    /** Starts it again where it was killed; a kill that is still to come is called off. */
    void ensureRunning() {
        kill.cancel(false);
        if (process != null && !process.isAlive()) {
            start();
        }
    }

    private void start() {
        FaultPlan none = new FaultPlan(scratch.toString(), FaultKind.HALT, 0, 0, "");
        List<String> command = List.of("serve", "--model", in.resolve("tiny").toString(), "--port", "" + port);
        ErrataProcess program = new ErrataProcess(scratch);
        try {
            process = program.start(command, none, scratch.resolve("server-stderr"));
            program.firstLine(process);
        } catch (IOException e) {
            throw new RunFailedException("a server can't be started", scratch.toString(), "look at stderr there", e);
        } catch (InterruptedException e) {
            throw Program.interrupted();
        }
    }

    /** SIGKILL after so many milliseconds. */
    void killAfter(long millis) {
        kill = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }
}

package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultPlan;
import dev.errata.pipeline.cli.Main;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Each command in a process of its own, compiled by C1 alone: C2 takes nearly half of the seconds that such a process lives. */
final class ErrataProcess implements Program {
    private static final long LIMIT_SECONDS = 300;

    private final Path scratch;

    /**
     * @param scratch a folder for what processes print
     */
    ErrataProcess(Path scratch) {
        this.scratch = scratch;
    }

    @Override
    public Ended run(List<String> command, FaultPlan plan) {
        return run(command, plan, Long.MAX_VALUE);
    }

    /** The same, and SIGKILL after so many milliseconds. */
    Ended run(List<String> command, FaultPlan plan, long killedAfter) {
        Path err = scratch.resolve("stderr");
        try {
            Process process = start(command, plan, err);
            try {
                if (!process.waitFor(
                        Math.min(killedAfter, TimeUnit.SECONDS.toMillis(LIMIT_SECONDS)), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly().waitFor();
                    if (killedAfter == Long.MAX_VALUE) {
                        return new Ended(-1, Files.readString(err) + "\nstill at work after " + LIMIT_SECONDS + " s");
                    }
                }
            } finally {
                process.destroyForcibly();
            }
            return new Ended(process.exitValue(), Files.readString(err));
        } catch (IOException e) {
            throw new RunFailedException("a process can't be started", scratch.toString(), "check the machine", e);
        } catch (InterruptedException e) {
            throw Program.interrupted();
        }
    }

    /** Starts a command; stdout goes beside stderr. */
    Process start(List<String> command, FaultPlan plan, Path err) throws IOException {
        return builder(Main.class, command, plan, List.of("-XX:TieredStopAtLevel=1"))
                .redirectError(err.toFile())
                .redirectOutput(scratch.resolve("stdout").toFile())
                .start();
    }

    /** A JVM like this one, but for some options, that runs a class of this program. */
    static ProcessBuilder builder(Class<?> main, List<String> arguments, FaultPlan plan, List<String> options) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Derrata.home=" + System.getProperty("errata.home", ".")));
        line.addAll(options);
        line.addAll(plan.options());
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        line.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("OPENAI_API_KEY", "none");
        return builder;
    }

    /** The first line of what the process printed, once it is there. */
    String firstLine(Process process) throws IOException, InterruptedException {
        Path out = scratch.resolve("stdout");
        for (long begun = System.nanoTime(); System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(LIMIT_SECONDS); ) {
            String text = Files.readString(out, StandardCharsets.UTF_8);
            if (text.contains("\n")) {
                return text.lines().findFirst().orElseThrow();
            }
            if (!process.isAlive()) {
                break;
            }
            Thread.sleep(20);
        }
        throw new RunFailedException("a server doesn't start", scratch.toString(), "look at stderr there");
    }

    @Override
    public void close() {}
}

package dev.errata.pipeline.cli;

import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.MachineCodeSetting;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The program {@code errata}. Exit codes: 0 done, 1 failed midway, 2 wrong usage or bad input, 130 and 143 after a signal.
 * The system property {@code errata.terminal} says that stderr is a terminal.
 */
public final class Main {
    private final PrintStream out;
    private final PrintStream err;
    private final StopSignal stop;
    private final Supplier<Engine> engine;

    Main(PrintStream out, PrintStream err, StopSignal stop, Supplier<Engine> engine) {
        this.out = out;
        this.err = err;
        this.stop = stop;
        this.engine = engine;
    }

    /** Runs a command in this process and ends it with the command's exit code. */
    public static void main(String[] arguments) {
        start(arguments, Main::installedEngine);
    }

    /** The same with an engine of the caller's choice. */
    static void start(String[] arguments, Supplier<Engine> engine) {
        // What is logged is one line each, as everything else on stderr.
        System.setProperty("java.util.logging.SimpleFormatter.format", "errata: %5$s%6$s%n");
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream err = StandardError.open();
        StopSignal stop = StopSignal.ofThisProcess();
        int code = new Main(out, err, stop, engine).run(arguments);
        out.flush();
        boolean signalled = stop.requested();
        stop.finished();
        if (!signalled) {
            System.exit(code);
        }
    }

    /** Runs a command inside a program that goes on; returns the exit code. */
    public static int run(PrintStream out, PrintStream err, Supplier<Engine> engine, String... arguments) {
        return new Main(out, err, new StopSignal(), engine).run(arguments);
    }

    private static Engine installedEngine() {
        return ServiceLoader.load(Engine.class)
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        "no engine is installed", "the class path", "start the program with ./errata"));
    }

    /** Runs a command and returns its exit code; nothing is thrown. */
    int run(String... arguments) {
        Errata top = new Errata();
        ParseResult parsed = Commands.parsedAlone(top, arguments).orElse(null);
        try {
            if (parsed == null) {
                top = new Errata();
                parsed = Commands.all(top).parseArgs(arguments);
            }
            return execute(parsed, top.options);
        } catch (ParameterException e) {
            return fail(UsageFailure.of(e, arguments), top.options.stacktrace);
        } catch (ErrataException e) {
            return fail(e, top.options.stacktrace);
        } catch (InternalError e) {
            // What the JVM throws where a mapped file has become shorter under it.
            return fail(
                    new RunFailedException(
                            "a file changed while it was read",
                            "one of the command's inputs",
                            "leave the files alone and run the same command again",
                            e),
                    top.options.stacktrace);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return crash(e, top.options.stacktrace);
        }
    }

    private int execute(ParseResult parsed, GlobalOptions options) {
        CommandLine line = parsed.commandSpec().commandLine();
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandLine chosen = last.commandSpec().commandLine();
        if (chosen.isUsageHelpRequested()) {
            chosen.usage(new PrintWriter(out, true, StandardCharsets.UTF_8));
            return 0;
        }
        if (line.isVersionHelpRequested()) {
            line.printVersionHelp(out);
            return 0;
        }
        if (!(last.commandSpec().userObject() instanceof Command command)) {
            throw new BadInputException("no command is given", "errata", "see errata --help");
        }
        try {
            command.run(session(options, command.takesSeveralThreadCounts()));
            return 0;
        } catch (StoppedException e) {
            err.println("errata: stopped, " + command.whenStopped());
            return 130;
        }
    }

    private Session session(GlobalOptions options, boolean severalThreadCounts) {
        List<Integer> counts = options.threads;
        for (int count : counts) {
            if (count <= 0) {
                throw new BadInputException("--threads is " + count, "the command line", "give a number above 0");
            }
        }
        if (counts.size() > 1 && !severalThreadCounts) {
            throw new BadInputException("--threads has several numbers", "the command line", "give one");
        }
        MachineCodeSetting.set(options.machineCode);
        int threads = counts.isEmpty() ? 0 : counts.getFirst();
        Progress progress = new Progress(err, Boolean.getBoolean("errata.terminal"), options.quiet);
        return new Session(
                options.json,
                options.seed,
                new Hardware(threads, options.device, options.changeDevice),
                counts,
                out,
                progress,
                stop,
                engine);
    }

    private int fail(ErrataException e, boolean trace) {
        if (trace) {
            e.printStackTrace(err);
        }
        err.println("errata: " + oneLine(e.getMessage()));
        return e.exitCode();
    }

    private int crash(Throwable e, boolean trace) {
        if (trace) {
            e.printStackTrace(err);
        }
        String said = e.getMessage() == null ? "no message" : e.getMessage();
        String what = e instanceof OutOfMemoryError ? "out of memory" : "internal error";
        err.println("errata: " + what + ": "
                + oneLine(e.getClass().getSimpleName() + " " + said).replace(':', ' ')
                + ": run it again with --stacktrace and report what it says");
        return 1;
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }
}

package dev.errata.pipeline.cli;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.io.Console;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a command works with: the options that all commands have, stdout for results, progress, the stop signal, the
 * engine.
 *
 * @param seed null where none was given
 * @param hardware with the first number of threads that was given
 * @param threadCounts all of them; empty where none was given
 * @param engine makes the engine when it is first needed
 */
public record Session(
        boolean json,
        Long seed,
        Hardware hardware,
        List<Integer> threadCounts,
        PrintStream out,
        Progress progress,
        StopSignal stop,
        Supplier<Engine> engine) {
    /** Prints the result of a command that has one: as a line of JSON, or as a text. */
    public void result(Object value, String text) {
        out.println(json ? Json.line(value) : text.stripTrailing());
    }

    /** Prints one output row as a line of JSON. */
    public void row(Object value) {
        out.println(Json.line(value));
    }

    /** What the loop works with. */
    public Surroundings surroundings() {
        return new Surroundings(engine, hardware, progress, stop);
    }

    /** Whether stdout is read by a person at a terminal that knows colours. */
    @SuppressWarnings("SystemConsoleNull") // null where stdout goes elsewhere
    public boolean coloured() {
        Console console = System.console();
        return !json && console != null && console.isTerminal() && System.getenv("NO_COLOR") == null;
    }

    public long seedOr(long absent) {
        return seed == null ? absent : seed;
    }
}

package dev.errata.bench.recovery;

import java.nio.file.Path;
import java.util.List;

/**
 * Commands that leave a folder.
 *
 * @param name as {@code --only} has it
 * @param asks whom the commands ask over HTTP
 * @param commands one after another; {@code {in}} stands for the folder of inputs, {@code {out}} for the one they leave, {@code {url}}
 *     for the address of whom they ask
 */
record Scenario(String name, Asks asks, List<String> commands) {
    /** Whom a scenario asks. */
    enum Asks {
        NOBODY,
        /** An endpoint that answers well. */
        ENDPOINT,
        /** An endpoint that every now and then refuses, fails, hangs up or answers garbage. */
        MOODY_ENDPOINT,
        /** {@code errata serve} in a process of its own. */
        SERVER
    }

    static Scenario of(String name, String... commands) {
        return new Scenario(name, Asks.NOBODY, List.of(commands));
    }

    static Scenario asking(Asks asks, String name, String... commands) {
        return new Scenario(name, asks, List.of(commands));
    }

    /** The words of a command. */
    List<String> words(int command, Path in, Path out, String url) {
        return List.of(commands.get(command).split(" ")).stream()
                .map(word -> word.replace("{in}", in.toString())
                        .replace("{out}", out.toString())
                        .replace("{url}", url))
                .toList();
    }
}

package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.FakeEngine;

/** The program with an engine that has no model, for tests that start it as a process. */
public final class FakeMain {
    private FakeMain() {}

    public static void main(String[] arguments) {
        Main.start(arguments, () -> new FakeEngine(Long.getLong("errata.fake.millis", 5)));
    }
}

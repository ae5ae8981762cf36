package dev.errata.bench.recovery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** SIGINT, which a shell has its background commands ignore, and which their children then ignore too. */
public final class InterruptSignal {
    private static final Path STATUS = Path.of("/proc/self/status");
    /** Of the signals that are ignored, a bit each from the first on. */
    private static final String IGNORED = "SigIgn:";

    private static final int BIT = 1;

    private InterruptSignal() {}

    /** Whether processes that this one starts ignore it; false where the system doesn't tell. */
    public static boolean isIgnored() {
        try {
            return Files.exists(STATUS)
                    && Files.readAllLines(STATUS).stream()
                            .filter(line -> line.startsWith(IGNORED))
                            .map(line -> line.substring(IGNORED.length()).strip())
                            .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) >> BIT & 1) != 0);
        } catch (IOException e) {
            return false;
        }
    }
}

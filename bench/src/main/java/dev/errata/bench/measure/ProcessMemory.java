package dev.errata.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The memory of this process as the system counts it: heap, tensors and mapped files as far as they are resident. */
public final class ProcessMemory {
    private ProcessMemory() {}

    /** The most bytes that were resident so far, or since {@link #beginPeak}; empty elsewhere than on Linux. */
    public static OptionalLong peakBytes() {
        try {
            Matcher found =
                    Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB").matcher(Files.readString(Path.of("/proc/self/status")));
            return found.find() ? OptionalLong.of(Long.parseLong(found.group(1)) * 1024) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Lets the peak begin anew from what is resident now, where the system allows that. */
    public static void beginPeak() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        } catch (IOException e) {
            // the peak goes on from the program's start then
        }
    }
}

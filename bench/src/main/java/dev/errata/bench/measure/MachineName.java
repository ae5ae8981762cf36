package dev.errata.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.incubator.vector.FloatVector;

/** What a result is to be judged by: the processor, its cores and the width of its vectors. */
public final class MachineName {
    private MachineName() {}

    /** As {@code AMD EPYC, 2 cores, vectors of 512 bits}. */
    public static String ofThisMachine() {
        return processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores, vectors of "
                + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits";
    }

    /** As {@code OpenJDK 64-Bit Server VM 25.0.1+8-LTS}. */
    public static String ofThisJdk() {
        return System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    private static String processor() {
        try {
            Matcher found = Pattern.compile("(?m)^model name\\s*:\\s*(.+)$")
                    .matcher(Files.readString(Path.of("/proc/cpuinfo")));
            if (found.find()) {
                return found.group(1).strip();
            }
        } catch (IOException e) {
            // elsewhere than on Linux
        }
        return System.getProperty("os.name") + " " + System.getProperty("os.arch");
    }
}

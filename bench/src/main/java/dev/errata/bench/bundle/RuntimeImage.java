package dev.errata.bench.bundle;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;

/** A Java runtime with the modules that the program needs, linked from the JDK that runs it. */
final class RuntimeImage {
    /** What the program and its libraries use; services of other modules, as locales and tools, stay out. */
    private static final List<String> MODULES = List.of(
            "java.base",
            "java.logging",
            "java.management",
            "java.naming",
            "java.net.http",
            "jdk.incubator.vector",
            "jdk.jfr",
            "jdk.management",
            "jdk.unsupported",
            "jdk.zipfs");

    private RuntimeImage() {}

    /**
     * @param folder is made
     * @throws BadInputException if the running JDK can't make a runtime
     */
    static void link(Path folder) {
        link(ToolProvider.findFirst("jlink"), folder);
    }

    static void link(Optional<ToolProvider> jlink, Path folder) {
        ToolProvider tool = jlink.orElseThrow(() -> new BadInputException(
                "this Java has no jlink, which makes the archive's own runtime",
                System.getProperty("java.home"),
                "start the program with a whole JDK 25, as JAVA_HOME names it"));
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        // Uncompressed, since the archive as a whole is compressed, and better.
        int code = tool.run(
                out,
                out,
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--compress=zip-0",
                "--add-modules",
                String.join(",", MODULES),
                "--output",
                folder.toString());
        if (code == 0) {
            return;
        }
        String reason = said.toString()
                .lines()
                .filter(line -> line.startsWith("Error"))
                .findFirst()
                .orElse("jlink ended with " + code);
        boolean lacksModules = reason.contains("not found") || reason.contains("packaged modules");
        if (lacksModules) {
            throw new BadInputException(
                    "this JDK can't make a runtime: " + reason,
                    System.getProperty("java.home"),
                    "use a JDK 25 with its jmods folder, or one whose jlink links from its own image");
        }
        throw new RunFailedException(
                "no runtime was made: " + reason, folder.toString(), "check the space there and try again");
    }
}

package dev.errata.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documentation of all modules' sources, made as a reader would make it. */
class JavadocTest {
    private static final List<String> MODULES =
            List.of("tensor", "kernels", "quant", "model", "train", "pipeline", "bench");

    @Test
    void javadocIsMadeOfAllModulesWithoutAWarning(@TempDir Path folder) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-quiet",
                "-Xdoclint:all,-missing",
                "--add-modules",
                "jdk.incubator.vector",
                "-classpath",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString()));
        arguments.addAll(sources());
        StringWriter said = new StringWriter();
        int code = ToolProvider.findFirst("javadoc")
                .orElseThrow()
                .run(new PrintWriter(said, true), new PrintWriter(said, true), arguments.toArray(String[]::new));
        assertThat(said.toString().lines().filter(JavadocTest::isComplaint)).isEmpty();
        assertThat(code).as(said.toString()).isZero();
        assertThat(folder.resolve("index.html")).exists();
    }

    /** The note that the Vector API is incubating, and the count of such notes, are no complaints about a comment. */
    private static boolean isComplaint(String line) {
        return (line.contains("warning:") || line.contains("error:")) && !line.contains("[incubating]");
    }

    private static List<String> sources() throws IOException {
        List<String> files = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> all = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                all.filter(each -> each.toString().endsWith(".java"))
                        .map(Path::toString)
                        .sorted()
                        .forEach(files::add);
            }
        }
        return files;
    }
}

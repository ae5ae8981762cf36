package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The start script {@code errata} in a repository of the test's own, whose build only copies a tiny program. */
class LauncherTest {
    private static final Path REPOSITORY = Path.of("..");
    private static final String PROGRAM = """
            package dev.errata.pipeline.cli;
            public final class Main {
                public static void main(String[] arguments) {
                    if (arguments.length > 0 && arguments[0].equals("doctor")) return;
                    System.out.println(String.join("|", arguments));
                    System.exit(arguments.length > 1 ? 7 : 0);
                }
            }
            """;

    @TempDir
    private Path folder;

    private Path root;

    @BeforeEach
    void makeRepository() throws IOException {
        root = Files.createDirectories(folder.resolve("a repository"));
        Files.createDirectories(root.resolve(".mvn"));
        Files.createDirectories(root.resolve("launcher"));
        Files.createDirectories(root.resolve("tensor/src/main"));
        Files.createFile(root.resolve("pom.xml"));
        Files.copy(REPOSITORY.resolve("errata"), root.resolve("errata"));
        Files.copy(REPOSITORY.resolve(".mvn/find-jdk"), root.resolve(".mvn/find-jdk"));
        Files.copy(REPOSITORY.resolve("launcher/start"), root.resolve("launcher/start"));
        program(root.resolve("program.jar"));
        mvnw("echo built >>builds; mkdir -p bench/target/errata; cp program.jar bench/target/errata/;"
                + " : >bench/target/errata-bench-0.jar; sleep 1");
    }

    @Test
    void itBuildsOnFirstUseAndAgainWhenASourceIsNewer() throws Exception {
        Result first = start(root.resolve("errata"), Map.of(), "--version", "with space");
        assertThat(first.out()).isEqualTo("--version|with space\n");
        assertThat(first.code()).isEqualTo(7);
        assertThat(first.err()).contains("errata: building");
        assertThat(start(root.resolve("errata"), Map.of(), "again").err()).doesNotContain("building");
        assertThat(root.resolve("builds")).hasContent("built");

        Path source = Files.createFile(root.resolve("tensor/src/main/New.java"));
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
        start(root.resolve("errata"), Map.of(), "again");
        assertThat(root.resolve("builds")).hasContent("built\nbuilt");
    }

    @Test
    void ofWhatTheJvmSaysOnlyTheLineAboutIncubatorModulesIsLeftOut() throws Exception {
        start(root.resolve("errata"), Map.of(), "first");
        Result quiet = start(root.resolve("errata"), Map.of(), "again");
        assertThat(quiet.err()).isEmpty();
        assertThat(quiet.out()).isEqualTo("again\n");
        Result wrong = start(root.resolve("errata"), Map.of("ERRATA_OPTS", "-XX:+NoSuchOption"), "again");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("NoSuchOption").doesNotContain("incubator");
    }

    @Test
    void twoFirstStartsBuildOnceAndALinkFromElsewhereWorks() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), root.resolve("errata"));
        Process one = process(root.resolve("errata"), Map.of(), "one");
        Process two = process(link, Map.of(), "two");
        assertThat(result(one).out()).isEqualTo("one\n");
        assertThat(result(two).out()).isEqualTo("two\n");
        assertThat(root.resolve("builds")).hasContent("built");
    }

    @Test
    void aFailedBuildIsOneSentenceThatNamesTheLog() throws Exception {
        mvnw("echo no such thing; exit 1");
        Result result = start(root.resolve("errata"), Map.of(), "--version");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.lastLine()).startsWith("errata: the build failed: ").contains("target/errata/build.log");
        assertThat(root.toRealPath().resolve("target/errata/build.log"))
                .content()
                .contains("no such thing");
    }

    @Test
    void withoutAJdk25OneSentenceSaysWhatToInstall() throws Exception {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("dirname", "readlink", "sed")) {
            Files.createSymbolicLink(tools.resolve(tool), tool(tool));
        }
        Path old = Files.createDirectories(folder.resolve("jdks/jdk-17/bin"));
        executable(old.resolve("javac"), "exit 1");
        Files.writeString(old.resolveSibling("release"), "JAVA_VERSION=\"17.0.9\"\n");
        Map<String, String> environment = Map.of(
                "PATH",
                tools.toString(),
                "JAVA_HOME",
                old.getParent().toString(),
                "JDK25_HOME",
                "",
                "JAVA_HOME_25_X64",
                "",
                "ERRATA_JDK_FOLDERS",
                folder.resolve("jdks") + "/*");
        Result result = start(root.resolve("errata"), environment, "--version");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.lastLine()).startsWith("errata: no JDK 25 found: ").contains("install a JDK 25");
    }

    private record Result(int code, String out, String err) {
        String lastLine() {
            return err.lines().toList().getLast();
        }
    }

    private Process process(Path script, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(new File("/"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Result start(Path script, Map<String, String> environment, String... arguments) throws Exception {
        return result(process(script, environment, arguments));
    }

    private static Result result(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), out, err);
    }

    private static Path tool(String name) {
        return List.of("/usr/bin", "/bin").stream()
                .map(each -> Path.of(each, name))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    private void mvnw(String script) throws IOException {
        executable(root.resolve("mvnw"), script);
    }

    private static void executable(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Compiles {@link #PROGRAM} into a jar. */
    private void program(Path jar) throws IOException {
        var source = new SimpleJavaFileObject(URI.create("string:///dev/errata/pipeline/cli/Main.java"), Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return PROGRAM;
            }
        };
        Path classes = Files.createDirectory(folder.resolve("classes"));
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, null, List.of("-d", classes.toString()), null, List.of(source))
                .call();
        assertThat(compiled).isTrue();
        String name = "dev/errata/pipeline/cli/Main.class";
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.putNextEntry(new JarEntry(name));
            Files.copy(classes.resolve(name), out);
            out.closeEntry();
        }
    }
}

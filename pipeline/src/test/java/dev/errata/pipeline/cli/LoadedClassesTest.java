package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which classes a run loads of what it may not need: the CUDA backend, the server's and the terminal's libraries. Each in a JVM of its own. */
class LoadedClassesTest {
    private static final Pattern OF_DEVICES =
            Pattern.compile("(?m)(?:jcuda|dev\\.errata\\.kernels\\.(?:cuda|sim))\\.\\S+");
    private static final Pattern OF_SERVE_AND_CHAT = Pattern.compile("(?<![\\w.])(?:io\\.netty|org\\.jline)\\.\\S+");
    /** And the interface of drivers, our own, at which the verifier looks as it loads the providers. */
    private static final List<String> PROVIDERS = List.of(
            "dev.errata.kernels.cuda.CudaBackendProvider",
            "dev.errata.kernels.cuda.CudaDriver",
            "dev.errata.kernels.sim.SimBackendProvider");

    private static final String[] GENERATE = {
        "generate", "--model", "../configs/demo/errata-2m", "--greedy", "--max-new-tokens", "2", "--prompt", "Tom has"
    };

    @TempDir
    private Path folder;

    private Set<String> loadedBy(Pattern wanted, String... arguments) throws IOException, InterruptedException {
        Path log = folder.resolve("classes");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xlog:class+load:file=" + log,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor()).as(output).isZero();
        String text = Files.readString(log);
        assertThat(text).contains("dev.errata.pipeline.cli.Main");
        Set<String> classes = new TreeSet<>();
        wanted.matcher(text).results().forEach(found -> classes.add(found.group()));
        return classes;
    }

    @Test
    void aRunOnTheCpuLoadsNoCudaClassButTheProviders() throws Exception {
        String[] named = Arrays.copyOf(GENERATE, GENERATE.length + 2);
        named[GENERATE.length] = "--device";
        named[GENERATE.length + 1] = "cpu";
        assertThat(loadedBy(OF_DEVICES, GENERATE)).isSubsetOf(PROVIDERS);
        assertThat(loadedBy(OF_DEVICES, named)).isSubsetOf(PROVIDERS);
    }

    @Test
    void onlyServeAndChatLoadTheirLibraries() throws Exception {
        assertThat(loadedBy(OF_SERVE_AND_CHAT, GENERATE)).isEmpty();
        assertThat(loadedBy(OF_SERVE_AND_CHAT, "doctor")).isEmpty();
        assertThat(loadedBy(OF_SERVE_AND_CHAT, "--help")).isEmpty();
    }

    @Test
    void withoutADriverTheDoctorLoadsNoClassOfJCuda() throws Exception {
        assumeFalse(hasDriver(), "there is an NVIDIA driver here");
        assertThat(loadedBy(OF_DEVICES, "doctor")).isSubsetOf(PROVIDERS);
        Program doctor = Program.run("doctor");
        assertThat(doctor.out()).containsPattern("(?m)^cuda +can't run: there is no NVIDIA driver \\(libcuda\\.so\\.1");
        assertThat(doctor.out()).containsPattern("(?m)^sim +can run, with --device sim$");
        assertThat(doctor.out()).doesNotContain("problem      backend cuda");
    }

    @SuppressWarnings("restricted")
    private static boolean hasDriver() {
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup("libcuda.so.1", arena)
                    .find("cuInit")
                    .isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

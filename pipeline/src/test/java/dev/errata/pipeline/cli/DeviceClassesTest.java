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

/** Which classes of the CUDA backend a run loads; each in a JVM of its own. */
class DeviceClassesTest {
    private static final Pattern LOADED = Pattern.compile("(?m)(?:jcuda|dev\\.errata\\.kernels\\.(?:cuda|sim))\\.\\S+");
    /** And the interface of drivers, our own, at which the verifier looks as it loads the providers. */
    private static final List<String> PROVIDERS = List.of(
            "dev.errata.kernels.cuda.CudaBackendProvider",
            "dev.errata.kernels.cuda.CudaDriver",
            "dev.errata.kernels.sim.SimBackendProvider");

    @TempDir
    private Path folder;

    private Set<String> loadedBy(String... arguments) throws IOException, InterruptedException {
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
        LOADED.matcher(text).results().forEach(found -> classes.add(found.group()));
        return classes;
    }

    @Test
    void aRunOnTheCpuLoadsNoCudaClassButTheProviders() throws Exception {
        String[] generate = {
            "generate",
            "--model",
            "../configs/demo/errata-2m",
            "--greedy",
            "--max-new-tokens",
            "2",
            "--prompt",
            "Tom has"
        };
        String[] named = Arrays.copyOf(generate, generate.length + 2);
        named[generate.length] = "--device";
        named[generate.length + 1] = "cpu";
        assertThat(loadedBy(generate)).isSubsetOf(PROVIDERS);
        assertThat(loadedBy(named)).isSubsetOf(PROVIDERS);
    }

    @Test
    void withoutADriverTheDoctorLoadsNoClassOfJCuda() throws Exception {
        assumeFalse(hasDriver(), "there is an NVIDIA driver here");
        assertThat(loadedBy("doctor")).isSubsetOf(PROVIDERS);
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

package dev.errata.kernels.cuda.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.ptx.PtxAssembler.AssemblyException;
import dev.errata.kernels.cuda.ptx.PtxAssembler.Needs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PtxManifestTest {
    private static final Path SOURCES = Path.of("src/main/cuda");
    private static final Path PTX = Path.of("src/main/resources/dev/errata/kernels/cuda/ptx");
    /** An SM has 65,536 registers: 128 a thread are two blocks of 256 threads. */
    private static final int MOST_REGISTERS = 255;

    @Test
    void everyPtxFileIsMadeFromTheSourceAsItIs() throws IOException {
        assertThat(Files.readString(PTX.resolve(PtxManifest.NAME)))
                .as("rebuild with ./mvnw -Pptx -Dnvcc=… -pl kernels -am process-classes")
                .isEqualTo(PtxManifest.make(SOURCES, PTX));
    }

    @Test
    void everyPtxFileHasASource() throws IOException {
        try (Stream<Path> files = Files.walk(PTX)) {
            assertThat(files.filter(f -> f.toString().endsWith(".ptx"))
                            .map(f -> PTX.relativize(f).toString())
                            .sorted())
                    .containsExactlyElementsOf(PtxManifest.sourcesByPtx(SOURCES).keySet());
        }
    }

    static Stream<String> shipped() {
        return PtxManifest.shipped().stream().map(PtxManifest.KernelFile::path);
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void assemblesForEveryArchitectureWithoutSpills(String file) {
        List<String> architectures =
                file.startsWith("sm_90a") ? List.of("sm_90a") : List.of("sm_80", "sm_86", "sm_89", "sm_90a");
        for (String architecture : architectures) {
            for (Needs needs :
                    PtxAssembler.assemble(KernelLibrary.ptx(file), architecture).entries()) {
                assertThat(needs.spills()).as("%s for %s", needs, architecture).isZero();
                assertThat(needs.registers())
                        .as("%s for %s", needs, architecture)
                        .isLessThanOrEqualTo(MOST_REGISTERS);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void asksForNoNewerPtxThanItsDriversKnow(String file) {
        String version = file.startsWith("sm_90a") ? ".version 8.0" : ".version 7.4";
        assertThat(new String(KernelLibrary.ptx(file), StandardCharsets.US_ASCII).lines())
                .contains(version);
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void hasTheFormInWhichPtxShips(String file) {
        String ptx = new String(KernelLibrary.ptx(file), StandardCharsets.UTF_8);
        String target = file.substring(0, file.indexOf('/'));
        assertThat(ShippedForm.of(ptx, target)).isEqualTo(ptx);
    }

    @Test
    void theShippedFormIsWhatTheBuildScriptMakes(@TempDir Path folder) throws Exception {
        String compiled = """
                // a comment
                .version 9.1
                .target sm_90a
                \t// kept
                \t.pragma "used_bytes_mask 15";
                \t.pragma "nounroll";
                ret;
                """;
        for (String name : List.of("some", "some.sm_90a")) {
            Path nvcc = Files.writeString(
                    folder.resolve("nvcc"),
                    "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\ncat >\"$2\" <<'EOF'\n" + compiled + "EOF\n");
            assertThat(nvcc.toFile().setExecutable(true)).isTrue();
            Path script = Files.copy(
                    SOURCES.resolve("build-ptx"),
                    Files.createDirectories(folder.resolve(name).resolve("cuda"))
                            .resolve("build-ptx"));
            Process process = new ProcessBuilder("sh", script.toString(), nvcc.toString(), name)
                    .inheritIO()
                    .start();
            assertThat(process.waitFor()).isZero();
            String target = name.endsWith("90a") ? "sm_90a" : "sm_80";
            Path made = folder.resolve(name).resolve("resources/dev/errata/kernels/cuda/ptx/" + target + "/some.ptx");
            assertThat(made).hasContent(ShippedForm.of(compiled, target));
        }
    }

    @Test
    void wrongPtxIsRefusedInTheAssemblersWords() {
        byte[] wrong = ".version 7.4\n.target sm_80\n.address_size 64\n.entry f() { bad.u32 %r1; }\n"
                .getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> PtxAssembler.assemble(wrong, "sm_80"))
                .isInstanceOf(AssemblyException.class)
                .hasMessageContaining("bad");
    }
}

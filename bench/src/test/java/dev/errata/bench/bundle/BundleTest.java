package dev.errata.bench.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.bench.BenchProgram;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of a bundle; whole ones are made and run where the program was built. */
class BundleTest {
    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private Path home() throws IOException {
        for (String name : List.of(
                "home/README.md",
                "home/LICENSE",
                "home/NOTICE",
                "home/configs/demo.yaml",
                "home/docs/gpu.md",
                "home/launcher/start",
                "home/launcher/bundled")) {
            write(name, name);
        }
        Files.setPosixFilePermissions(
                folder.resolve("home/launcher/bundled"), PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder.resolve("home");
    }

    private Path jar(String name, String... entries) throws IOException {
        Path jar = folder.resolve("jars").resolve(name);
        Files.createDirectories(jar.getParent());
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (String entry : entries) {
                out.putNextEntry(new ZipEntry(entry));
                out.write(entry.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }
        return jar;
    }

    @Test
    void programRuntimeConfigsAndDocsLieInOneFolderWithTheirModes() throws IOException {
        Path home = home();
        Path jar = jar("program.jar", "A.class");
        write("jars/notes.txt", "no jar");
        write("scratch/runtime/bin/java", "java");
        write("scratch/runtime/legal/LICENSE", "license");
        Files.createSymbolicLink(folder.resolve("scratch/runtime/legal/COPY"), Path.of("LICENSE"));
        BundleContents contents = BundleContents.of(home, jar.getParent(), folder.resolve("scratch"));
        Path archive = folder.resolve("out/errata.tar.gz");
        int[] written = {0};
        BundleArchive.write(archive, "errata", contents, () -> written[0]++);

        Map<String, TarArchiveEntry> entries = new LinkedHashMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new GzipCompressorInputStream(Files.newInputStream(archive)))) {
            for (TarArchiveEntry each = tar.getNextEntry(); each != null; each = tar.getNextEntry()) {
                entries.put(each.getName(), each);
            }
        }
        assertThat(written[0]).isEqualTo(entries.size());
        assertThat(entries.keySet())
                .containsExactlyInAnyOrder(
                        "errata/bin/errata",
                        "errata/launcher/start",
                        "errata/launcher/bundled",
                        "errata/README.md",
                        "errata/LICENSE",
                        "errata/NOTICE",
                        "errata/configs/demo.yaml",
                        "errata/docs/gpu.md",
                        "errata/jars/program.jar",
                        "errata/runtime/bin/java",
                        "errata/runtime/legal/COPY",
                        "errata/runtime/legal/LICENSE");
        assertThat(entries.get("errata/bin/errata").getMode() & 0777).isEqualTo(0755);
        assertThat(entries.get("errata/README.md").getMode() & 0777).isEqualTo(0644);
        assertThat(entries.get("errata/runtime/legal/COPY").getLinkName()).isEqualTo("LICENSE");
        assertThat(archive.getParent().toFile().list()).containsExactly("errata.tar.gz");
    }

    @Test
    void anArchiveThatFailsMidwayLeavesNothing() throws IOException {
        BundleContents contents = new BundleContents(Map.of("a", write("a", "text"), "b", folder.resolve("missing")));
        Path archive = folder.resolve("out/errata.tar.gz");
        assertThatThrownBy(() -> BundleArchive.write(archive, "errata", contents, () -> {}))
                .hasMessageContaining(archive.toString());
        assertThat(archive.getParent().toFile().list()).isEmpty();
    }

    @Test
    void ofNativeLibrariesThoseOfLinuxX64Stay() throws IOException {
        Path mixed = jar(
                "mixed.jar",
                "A.class",
                "linux/amd64/liba.so",
                "linux/aarch64/liba.so",
                "win/amd64/a.dll",
                "org/nativ/Linux/x86_64/libb.so",
                "org/nativ/Mac/x86_64/libb.jnilib",
                "freebsd/amd64/liba.so");
        Path plain = jar("plain.jar", "A.class", "lib/c-linux-x86_64.so");
        assertThat(LinuxJar.of(plain, folder.resolve("scratch"))).isEqualTo(plain);
        try (ZipFile copy =
                new ZipFile(LinuxJar.of(mixed, folder.resolve("scratch")).toFile())) {
            assertThat(copy.stream().map(ZipEntry::getName))
                    .containsExactly("A.class", "linux/amd64/liba.so", "org/nativ/Linux/x86_64/libb.so");
            assertThat(copy.getInputStream(copy.getEntry("linux/amd64/liba.so")))
                    .hasContent("linux/amd64/liba.so");
        }
    }

    @Test
    void whatItCannotBeMadeOfIsOneSentence() throws IOException {
        assertThatThrownBy(() -> RuntimeImage.link(Optional.empty(), folder.resolve("runtime")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no jlink")
                .hasMessageContaining("JDK 25");
        Path home = home();
        Files.delete(home.resolve("NOTICE"));
        assertThatThrownBy(() -> BundleContents.of(home, folder, folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("NOTICE");
        BenchProgram program = BenchProgram.command("bundle", "--output", folder.resolve("errata.tar.gz"));
        assertThat(program.code()).isEqualTo(2);
        assertThat(program.lastLine()).contains("start the program with ./errata");
        assertThat(folder.resolve("errata.tar.gz")).doesNotExist();
    }
}

package dev.errata.bench.kernels;

import dev.errata.kernels.cuda.ptx.PtxAssembler;
import dev.errata.kernels.cuda.ptx.PtxManifest;
import dev.errata.kernels.cuda.ptx.PtxManifest.KernelFile;
import dev.errata.kernels.cuda.ptx.ShippedForm;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes the PTX of a source anew, where it ships from, and the manifest with it. What can't be compiled or assembled leaves
 * everything as it was.
 */
final class KernelBuild {
    private final Path sources;
    private final Path ptx;
    private final Compiler compiler;

    /** Compiles a source to PTX. */
    @FunctionalInterface
    interface Compiler {
        /**
         * @param headers what the source may include, by name
         * @param architecture as {@code compute_80}
         * @throws BadInputException if there is no compiler, or the source is wrong
         */
        String compile(String name, String source, Map<String, String> headers, String architecture);
    }

    /**
     * @param module the folder of the kernels' module
     */
    KernelBuild(Path module, Compiler compiler) {
        sources = module.resolve("src/main/cuda");
        ptx = module.resolve("src/main/resources/dev/errata/kernels/cuda/ptx");
        this.compiler = compiler;
    }

    /**
     * @param kernel the name of a file, as norm, or of a kernel in one
     * @return what was made
     */
    List<KernelFile> build(String kernel) {
        try {
            Map<String, Path> wanted = wanted(kernel);
            Map<String, String> headers = headers();
            List<KernelFile> built = new ArrayList<>();
            Map<Path, byte[]> made = new LinkedHashMap<>();
            for (Map.Entry<String, Path> each : wanted.entrySet()) {
                String target = each.getKey().substring(0, each.getKey().indexOf('/'));
                String name = each.getValue().getFileName().toString();
                String compiled = compiler.compile(
                        name, Files.readString(each.getValue()), headers, target.replace("sm_", "compute_"));
                byte[] code = ShippedForm.of(compiled, target).getBytes(StandardCharsets.UTF_8);
                built.add(new KernelFile(
                        each.getKey(), PtxAssembler.assemble(code, target).entries()));
                made.put(ptx.resolve(each.getKey()), code);
            }
            for (Map.Entry<Path, byte[]> each : made.entrySet()) {
                replace(each.getKey(), each.getValue());
            }
            replace(
                    ptx.resolve(PtxManifest.NAME),
                    PtxManifest.make(sources, ptx).getBytes(StandardCharsets.UTF_8));
            return built;
        } catch (PtxAssembler.AssemblyException e) {
            throw new BadInputException(
                    "the compiled PTX can't be assembled " + e.getMessage(),
                    kernel,
                    "use what PTX ISA 7.4 has for sm_80, or 8.0 for sm_90a",
                    e);
        } catch (IOException e) {
            throw new RunFailedException(
                    "kernels can't be read or written", e.getMessage(), "check the source tree", e);
        }
    }

    private Map<String, Path> wanted(String kernel) throws IOException {
        if (!Files.isDirectory(sources)) {
            throw new BadInputException(
                    "there are no sources of kernels", sources.toString(), "start ./errata of a source tree");
        }
        Map<String, Path> wanted = new LinkedHashMap<>(PtxManifest.sourcesByPtx(sources));
        List<String> holding = PtxManifest.shipped().stream()
                .filter(file -> file.entries().stream().anyMatch(e -> e.entry().equals(kernel)))
                .map(KernelFile::path)
                .toList();
        wanted.keySet()
                .removeIf(path -> !new KernelFile(path, List.of()).name().equals(kernel) && !holding.contains(path));
        if (wanted.isEmpty()) {
            throw new BadInputException("there is no such kernel", kernel, "use a name that kernels list shows");
        }
        return wanted;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".cuh")).sorted().toList()) {
                headers.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return headers;
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.write(partial, content);
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}

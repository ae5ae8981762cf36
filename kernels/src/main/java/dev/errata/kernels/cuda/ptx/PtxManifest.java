package dev.errata.kernels.cuda.ptx;

import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.ptx.PtxAssembler.Needs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What each PTX file that ships was made from and needs, a line for a file and one for each of its kernels, in {@code
 * ptx/manifest.txt}. A test makes it anew and compares, so a source that was changed without its PTX is found.
 *
 * <pre>
 * sm_80/norm.ptx source 3f…c1 sha256 9a…02
 * sm_80/norm.ptx rms_norm_f32 registers 30 shared 128 stack 0 spills 0
 * </pre>
 */
public final class PtxManifest {
    public static final String NAME = "manifest.txt";

    private static final String HEAD =
            "# Written by PtxManifest; registers and the rest as the assembler of CUDA 12.0 says for the file's own target.\n";
    private static final String HOPPER = ".sm_90a.cu";

    private PtxManifest() {}

    /**
     * @param sources the folder of {@code .cu} and {@code .cuh} files
     * @param ptx the folder with {@code sm_80} and {@code sm_90a}
     * @throws IOException if a source or its PTX can't be read
     */
    public static String make(Path sources, Path ptx) throws IOException {
        StringBuilder text = new StringBuilder(HEAD);
        for (Map.Entry<String, Path> file : sourcesByPtx(sources).entrySet()) {
            byte[] code = Files.readAllBytes(ptx.resolve(file.getKey()));
            text.append(file.getKey())
                    .append(" source ")
                    .append(hash(sources, file.getValue()))
                    .append(" sha256 ")
                    .append(HexFormat.of().formatHex(sha256().digest(code)))
                    .append('\n');
            String target = file.getKey().substring(0, file.getKey().indexOf('/'));
            for (Needs needs : PtxAssembler.assemble(code, target).entries()) {
                text.append(file.getKey())
                        .append(' ')
                        .append(needs.entry())
                        .append(" registers ")
                        .append(needs.registers())
                        .append(" shared ")
                        .append(needs.shared())
                        .append(" stack ")
                        .append(needs.stack())
                        .append(" spills ")
                        .append(needs.spills())
                        .append('\n');
            }
        }
        return text.toString();
    }

    /** The PTX file of each source, as {@code sm_80/norm.ptx}, in order. */
    public static Map<String, Path> sourcesByPtx(Path sources) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> list = Files.list(sources)) {
            for (Path source : list.filter(f -> f.toString().endsWith(".cu")).toList()) {
                String name = source.getFileName().toString();
                String ptx = name.endsWith(HOPPER)
                        ? "sm_90a/" + name.substring(0, name.length() - HOPPER.length())
                        : "sm_80/" + name.substring(0, name.length() - ".cu".length());
                files.put(ptx + ".ptx", source);
            }
        }
        return files;
    }

    /**
     * A PTX file that ships.
     *
     * @param path as {@code sm_80/norm.ptx}
     * @param entries its kernels, in the file's order
     */
    public record KernelFile(String path, List<Needs> entries) {
        /** Without target and ending, as {@code norm}. */
        public String name() {
            return path.substring(path.indexOf('/') + 1, path.length() - ".ptx".length());
        }

        /** As {@code sm_80}. */
        public String target() {
            return path.substring(0, path.indexOf('/'));
        }
    }

    /** The PTX files that ship, as the manifest has them. */
    public static List<KernelFile> shipped() {
        Map<String, List<Needs>> files = new LinkedHashMap<>();
        String manifest = new String(KernelLibrary.ptx(NAME), StandardCharsets.UTF_8);
        for (String line : manifest.lines().toList()) {
            String[] words = line.split(" ");
            if (line.startsWith("#")) {
                continue;
            }
            List<Needs> entries = files.computeIfAbsent(words[0], path -> new ArrayList<>());
            if (!words[1].equals("source")) {
                entries.add(
                        new Needs(words[1], number(words, 3), number(words, 5), number(words, 7), number(words, 9)));
            }
        }
        return files.entrySet().stream()
                .map(file -> new KernelFile(file.getKey(), List.copyOf(file.getValue())))
                .toList();
    }

    private static int number(String[] words, int at) {
        return Integer.parseInt(words[at]);
    }

    /** Of a source with every header, since any of them may be included, and of the script with its flags. */
    private static String hash(Path sources, Path source) throws IOException {
        MessageDigest digest = sha256();
        digest.update(Files.readAllBytes(source));
        try (Stream<Path> list = Files.list(sources)) {
            for (Path header : list.filter(f -> f.toString().endsWith(".cuh") || f.endsWith("build-ptx"))
                    .sorted()
                    .toList()) {
                digest.update(Files.readAllBytes(header));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Writes the manifest: {@code PtxManifest SOURCES PTX}. */
    public static void main(String[] folders) throws IOException {
        Path ptx = Path.of(folders[1]);
        Files.writeString(ptx.resolve(NAME), make(Path.of(folders[0]), ptx));
    }
}

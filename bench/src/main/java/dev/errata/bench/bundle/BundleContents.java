package dev.errata.bench.bundle;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What goes into an archive: the files by their names in it, links among them, in the order in which they are written.
 *
 * @param files names with slashes, relative to the archive's one folder
 */
record BundleContents(Map<String, Path> files) {
    /** The runtime's folder. */
    static final String RUNTIME = "runtime";

    private static final List<String> DOCUMENTS = List.of("README.md", "LICENSE", "NOTICE", "configs", "docs");
    private static final List<String> LAUNCHER = List.of("launcher/start", "launcher/bundled");

    /**
     * @param home the folder of configs and documents
     * @param jars the folder of the program's jars
     * @param scratch holds {@code runtime}, and what is made of jars
     * @throws BadInputException if something isn't where the program is started from
     */
    static BundleContents of(Path home, Path jars, Path scratch) {
        BundleContents contents = new BundleContents(new LinkedHashMap<>());
        contents.add("bin/errata", require(home.resolve("launcher/bundled")));
        for (String name : LAUNCHER) {
            contents.add(name, require(home.resolve(name)));
        }
        for (String name : DOCUMENTS) {
            contents.add(name, require(home.resolve(name)));
        }
        for (Path jar : inside(jars)) {
            if (jar.toString().endsWith(".jar")) {
                contents.add("jars/" + jar.getFileName(), LinuxJar.of(jar, scratch.resolve("jars")));
            }
        }
        contents.add(RUNTIME, require(scratch.resolve(RUNTIME)));
        return contents;
    }

    private static Path require(Path path) {
        if (!Files.exists(path)) {
            throw new BadInputException(
                    "a part of the program is missing", path.toString(), "start the program with ./errata");
        }
        return path;
    }

    /** A file, or all that is in a folder. */
    private void add(String name, Path path) {
        if (Files.isDirectory(path) && !Files.isSymbolicLink(path)) {
            for (Path each : inside(path)) {
                add(name + "/" + each.getFileName(), each);
            }
        } else {
            files.put(name, path);
        }
    }

    private static List<Path> inside(Path folder) {
        try (Stream<Path> found = Files.list(folder)) {
            return found.sorted().toList();
        } catch (IOException e) {
            throw new RunFailedException("a folder can't be read", folder.toString(), "check its permissions", e);
        }
    }
}

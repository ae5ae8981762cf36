package dev.errata.pipeline.folder;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All parts of one file of records, found in several folders.
 *
 * @param name of the whole file, relative to the folders, as {@code sample/paths.jsonl}
 * @param parts their files, in order
 */
public record ShardSet(String name, List<Path> parts) {
    private record Found(WorkShard shard, Path folder, Path file) {}

    /**
     * Finds the parts of every file that any folder has a part of.
     *
     * @param inside the folders within each that hold records
     * @throws BadInputException for a part that is missing, not finished, or there twice, and if there is none at all
     */
    public static List<ShardSet> in(List<Path> folders, List<String> inside) {
        SortedMap<String, List<Found>> found = new TreeMap<>();
        for (Path folder : folders) {
            for (String each : inside) {
                collect(folder, each, found);
            }
        }
        if (found.isEmpty()) {
            throw new BadInputException(
                    "no shard of anything",
                    folders.getFirst().toString(),
                    "name folders that were made with --shard I/N");
        }
        List<ShardSet> sets = new ArrayList<>();
        for (Map.Entry<String, List<Found>> each : found.entrySet()) {
            sets.add(complete(each.getKey(), each.getValue()));
        }
        return sets;
    }

    private static void collect(Path folder, String inside, SortedMap<String, List<Found>> found) {
        Path place = folder.resolve(inside);
        if (!Files.isDirectory(place)) {
            return;
        }
        try (Stream<Path> files = Files.list(place)) {
            for (Path file : files.sorted().toList()) {
                WorkShard.Named named = WorkShard.named(file.getFileName().toString());
                if (named == null) {
                    continue;
                }
                String name = inside.isEmpty() ? named.whole() : inside + "/" + named.whole();
                if (!named.finished()) {
                    throw new BadInputException(
                            "shard " + named.shard() + " of " + name + " is not finished",
                            folder.toString(),
                            "run its command again, it continues");
                }
                found.computeIfAbsent(name, _ -> new ArrayList<>()).add(new Found(named.shard(), folder, file));
            }
        } catch (IOException e) {
            throw new BadInputException("the folder cannot be read", place.toString(), "check its permissions", e);
        }
    }

    private static ShardSet complete(String name, List<Found> found) {
        Found first = found.getFirst();
        Path[] parts = new Path[first.shard().count()];
        for (Found each : found) {
            if (each.shard().count() != parts.length) {
                throw new BadInputException(
                        "shard " + each.shard() + " of " + name + " beside shard " + first.shard() + " of "
                                + first.folder(),
                        each.folder().toString(),
                        "gather parts of one division alone");
            }
            int index = each.shard().index();
            if (parts[index] != null) {
                throw new BadInputException(
                        "shard " + each.shard() + " of " + name + " is there twice",
                        parts[index] + " and " + each.file(),
                        "leave one of them out");
            }
            parts[index] = each.file();
        }
        for (int i = 0; i < parts.length; i++) {
            if (parts[i] == null) {
                throw new BadInputException(
                        "shard " + new WorkShard(i, parts.length) + " of " + name + " is missing",
                        "the folders given",
                        "make it or name its folder");
            }
        }
        return new ShardSet(name, List.of(parts));
    }

    /** The bytes of the undivided file. */
    public String joined() {
        StringBuilder all = new StringBuilder();
        for (Path part : parts) {
            all.append(text(part));
        }
        return all.toString();
    }

    /** A file's text. */
    public static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadInputException("the records cannot be read", file.toString(), "check the file", e);
        }
    }
}

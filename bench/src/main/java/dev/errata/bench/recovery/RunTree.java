package dev.errata.bench.recovery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.data.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a run by their names, without what may differ between two undisturbed runs: times, speeds, memory that was reserved.
 *
 * @param files a file's bytes; of JSON a text without those keys
 */
record RunTree(SortedMap<String, byte[]> files) {
    private static final Set<String> MAY_DIFFER =
            Set.of("tokens_per_second", "seconds", "modified", "reserved", "paging", "time", "created");
    /** No files. */
    static final RunTree EMPTY = new RunTree(new TreeMap<>());

    private static final String PARTIAL = ".partial";
    /** TensorBoard's files, which hold the speeds of steps. */
    private static final String EVENTS = ".tfevents.";

    private static final String LOG = "metrics.jsonl";

    static RunTree of(Path folder) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    if (!file.endsWith(".lock")) {
                        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new RunTree(files);
    }

    /** The room that they take on a disk, in its pages. */
    long pages() {
        return files.values().stream()
                .mapToLong(bytes -> 1 + (bytes.length + SmallDisk.PAGE - 1) / SmallDisk.PAGE)
                .sum();
    }

    /**
     * What is wrong with a run in which a command is not done.
     *
     * @param before the undisturbed one before the command
     * @param done the undisturbed one after it
     */
    List<String> halfWritten(RunTree before, RunTree done) {
        List<String> wrong = new ArrayList<>();
        files.forEach((name, bytes) -> {
            if (name.contains(PARTIAL)) {
                return;
            }
            if (name.endsWith(LOG)) {
                if (!startsAs(done.files.get(name), bytes)) {
                    wrong.add(name + " holds other steps");
                }
            } else if (!isWhole(name, bytes)) {
                wrong.add(name + " is half written under its final name");
            } else if (!changes(name)
                    && !before.has(name, bytes)
                    && done.files.containsKey(name)
                    && !done.has(name, bytes)) {
                wrong.add(name + " has other bytes under its final name");
            }
        });
        return wrong;
    }

    private boolean has(String name, byte[] bytes) {
        return files.containsKey(name) && same(name, files.get(name), bytes);
    }

    /** What is wrong with a run that is done. */
    List<String> differences(RunTree undisturbed) {
        List<String> wrong = new ArrayList<>();
        undisturbed.files.forEach((name, bytes) -> {
            byte[] here = files.get(name);
            if (here == null && !isCheckpoint(name)) {
                wrong.add(name + " is missing");
            } else if (here != null && !same(name, here, bytes)) {
                wrong.add(name + " differs" + where(name, here, bytes));
            }
        });
        for (String name : files.keySet()) {
            if (!undisturbed.files.containsKey(name) && (!isCheckpoint(name) || name.contains(PARTIAL))) {
                wrong.add(name + " is left over");
            }
        }
        return wrong;
    }

    /** A checkpoint that a signal made may stand in the place of another; the last step's adapter tells the rest. */
    private static boolean isCheckpoint(String name) {
        return name.contains("checkpoints/step-");
    }

    /** Files that are written again while a run goes on. */
    private static boolean changes(String name) {
        return name.endsWith("manifest.json")
                || name.contains("checkpoints/best/")
                || name.endsWith("report.html")
                || name.contains(EVENTS)
                || name.endsWith("config.yaml");
    }

    private static boolean isWhole(String name, byte[] bytes) {
        if (name.endsWith(".json")) {
            return !parsed(bytes).isMissingNode();
        }
        if (name.endsWith(".jsonl")) {
            return bytes.length == 0 || bytes[bytes.length - 1] == '\n';
        }
        if (name.endsWith(".html")) {
            return text(bytes).stripTrailing().endsWith("</html>");
        }
        return name.endsWith(".safetensors") ? isWholeSafetensors(bytes) : bytes.length > 0;
    }

    private static boolean isWholeSafetensors(byte[] bytes) {
        if (bytes.length < Long.BYTES) {
            return false;
        }
        long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (header < 0 || header > bytes.length - Long.BYTES) {
            return false;
        }
        JsonNode tensors = parsed(Arrays.copyOfRange(bytes, Long.BYTES, (int) (Long.BYTES + header)));
        long end = 0;
        for (JsonNode tensor : tensors) {
            end = Math.max(end, tensor.path("data_offsets").path(1).asLong());
        }
        return !tensors.isMissingNode() && bytes.length == Long.BYTES + header + end;
    }

    private static boolean same(String name, byte[] one, byte[] other) {
        if (name.endsWith(".html") || name.contains(EVENTS)) {
            return isWhole(name, one);
        }
        if (name.endsWith(".json")) {
            return stable(parsed(one)).equals(stable(parsed(other)));
        }
        if (name.endsWith(LOG)) {
            return steps(one).equals(steps(other));
        }
        return Arrays.equals(one, other);
    }

    /** The first key of a JSON file that differs. */
    private static String where(String name, byte[] one, byte[] other) {
        if (!name.endsWith(".json")) {
            return "";
        }
        JsonNode here = stable(parsed(one));
        JsonNode there = stable(parsed(other));
        StringBuilder path = new StringBuilder();
        while (here.isObject() && there.isObject()) {
            JsonNode a = here;
            JsonNode b = there;
            String key = a.propertyStream()
                    .map(Map.Entry::getKey)
                    .filter(each -> !a.path(each).equals(b.path(each)))
                    .findFirst()
                    .orElse(null);
            if (key == null) {
                break;
            }
            path.append(' ').append(key);
            here = a.path(key);
            there = b.path(key);
        }
        return " in" + path + ", " + here + " for " + there;
    }

    /** Whether a log of steps, whose last line may be torn, is the beginning of a whole one. */
    private static boolean startsAs(byte[] whole, byte[] begun) {
        int end = text(begun).lastIndexOf('\n') + 1;
        List<JsonNode> steps = steps(Arrays.copyOf(begun, end));
        return whole != null
                && steps.size() <= steps(whole).size()
                && steps.equals(steps(whole).subList(0, steps.size()));
    }

    private static List<JsonNode> steps(byte[] log) {
        return text(log)
                .lines()
                .map(line -> stable(parsed(line.getBytes(StandardCharsets.UTF_8))))
                .toList();
    }

    private static JsonNode parsed(byte[] json) {
        try {
            return Json.parse(text(json));
        } catch (JsonProcessingException e) {
            return Json.MAPPER.missingNode();
        }
    }

    private static JsonNode stable(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(MAY_DIFFER);
        }
        for (Iterator<JsonNode> inner = node.elements(); inner.hasNext(); ) {
            stable(inner.next());
        }
        return node;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

package dev.errata.train.binding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.file.LfsPointer;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A config file as it was written, laid over the one that it {@code extends}, with overrides from the command line laid over
 * both. It knows where each key came from, so that a message names the place and a path is taken relative to it.
 */
public final class ConfigTree {
    /** The place of a key that was given as an override. */
    public static final String COMMAND_LINE = "the command line";

    /** The key that names the config under this one. */
    private static final String EXTENDS = "extends";

    /** Where a key was written. */
    private record Origin(Path file, int line) {}

    private final Path file;
    private final ObjectNode root;
    private final SortedMap<String, Origin> origins = new TreeMap<>();
    private final Set<String> overridden = new TreeSet<>();

    private ConfigTree(Path file, ObjectNode root, SortedMap<String, Integer> lines) {
        this.file = file;
        this.root = root;
        lines.forEach((key, line) -> origins.put(key, new Origin(file, line)));
    }

    /**
     * Reads a YAML file; one that is missing or not YAML is bad input that names it, with the line where it has one. Where it
     * {@code extends} another, that one's keys are there too, but for those that it has itself; a block takes its keys one by
     * one.
     */
    public static ConfigTree read(Path file) {
        return read(file, List.of());
    }

    private static ConfigTree read(Path file, List<Path> extending) {
        ConfigTree tree = alone(file);
        JsonNode named = tree.root.remove(EXTENDS);
        if (named == null) {
            return tree;
        }
        List<Path> above = new ArrayList<>(extending);
        above.add(file.toAbsolutePath().normalize());
        Path under = new ConfigWord(tree, EXTENDS, named).path();
        if (above.contains(under)) {
            throw new BadInputException(
                    "the config extends itself", tree.originOf(EXTENDS), "name another config, or leave extends out");
        }
        ConfigTree whole = read(under, above);
        whole.lay(tree.root, whole.root, "");
        ConfigTree laid = new ConfigTree(file, whole.root, new TreeMap<>());
        laid.origins.putAll(whole.origins);
        laid.origins.putAll(tree.origins);
        return laid;
    }

    /** Lays keys over those of a block; what they replace is forgotten. */
    private void lay(ObjectNode over, ObjectNode under, String prefix) {
        over.properties().forEach(each -> {
            String name = prefix + each.getKey();
            if (each.getValue() instanceof ObjectNode inner && under.get(each.getKey()) instanceof ObjectNode block) {
                lay(inner, block, name + ".");
            } else {
                under.set(each.getKey(), each.getValue());
                origins.keySet().removeIf(key -> key.startsWith(name + ".") || key.startsWith(name + "["));
            }
        });
    }

    private static ConfigTree alone(Path file) {
        String remedy = "name a YAML file with keys and values";
        try {
            if (Files.isDirectory(file)) {
                throw new BadInputException("the config is a folder", file.toString(), remedy);
            }
            LfsPointer.refuse(file);
            YamlTree tree = YamlTree.read(Files.readString(file));
            if (tree.root() instanceof ObjectNode object) {
                return new ConfigTree(file, object, tree.lines());
            }
            throw new BadInputException("the config is not a list of keys and values", file.toString(), remedy);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            String why = e.getOriginalMessage() == null
                    ? ""
                    : e.getOriginalMessage().lines().findFirst().orElse("");
            throw new BadInputException(
                    Place.plain("not YAML (" + why + ")"), file + ":" + line, "mend this line of the config", e);
        } catch (MalformedInputException e) {
            throw new BadInputException("the config is not text in UTF-8", file.toString(), remedy, e);
        } catch (IOException e) {
            boolean there = Files.exists(file);
            String what = there ? "the config cannot be read" : "no such config";
            throw new BadInputException(what, file.toString(), there ? "check its permissions" : remedy, e);
        }
    }

    /**
     * The tree of a text that {@link ConfigText} wrote.
     *
     * @param file stands for the place it comes from
     */
    public static ConfigTree of(String yaml, Path file) {
        try {
            YamlTree tree = YamlTree.read(yaml);
            return new ConfigTree(file, (ObjectNode) tree.root(), tree.lines());
        } catch (IOException e) {
            throw new IllegalStateException("a config that was written and can't be read", e);
        }
    }

    /** The record with every value of this tree, and the defaults for what it leaves out. */
    public <R extends Record> R bind(Class<R> type) {
        return Binder.bind(this, type);
    }

    /** Lays overrides of the form {@code key=value} over the file; a value is read as YAML. */
    public ConfigTree with(List<String> overrides) {
        for (String pair : overrides) {
            int sign = pair.indexOf('=');
            if (sign <= 0) {
                throw new BadInputException(
                        Place.plain("not key=value but " + pair), COMMAND_LINE, "write overrides as key=value");
            }
            set(pair.substring(0, sign).strip(), value(pair.substring(0, sign), pair.substring(sign + 1)));
        }
        return this;
    }

    private static JsonNode value(String key, String text) {
        try {
            JsonNode node = YamlTree.read(text).root();
            return node == null ? NullNode.getInstance() : node;
        } catch (IOException e) {
            throw new BadInputException(
                    Place.plain(key + " has a value that is not YAML, " + text), COMMAND_LINE, "put it in quotes", e);
        }
    }

    private void set(String key, JsonNode value) {
        String[] names = key.split("\\.", -1);
        ObjectNode block = root;
        for (int i = 0; i < names.length - 1; i++) {
            JsonNode next = block.get(names[i]);
            block = next instanceof ObjectNode object ? object : block.putObject(names[i]);
        }
        block.set(names[names.length - 1], value);
        overridden.add(key);
    }

    /** The file with the line, or the command line, for a key of this dotted name. */
    public String originOf(String key) {
        if (isOverridden(key)) {
            return COMMAND_LINE;
        }
        Origin origin = origins.get(key);
        return origin == null ? file.toString() : origin.file() + ":" + origin.line();
    }

    private boolean isOverridden(String key) {
        for (String name = key; !name.isEmpty(); name = outer(name)) {
            if (overridden.contains(name)) {
                return true;
            }
        }
        return false;
    }

    /** The block or list that a key lies in; empty for one of the whole config. */
    private static String outer(String key) {
        return key.substring(0, Math.max(0, Math.max(key.lastIndexOf('.'), key.lastIndexOf('['))));
    }

    /** A path given as the value of this key: relative to the config file, or to the current folder for an override. */
    Path resolve(String key, String path) {
        Path given = Path.of(path);
        Origin origin = origins.get(key);
        Path folder = (origin == null ? file : origin.file()).toAbsolutePath().getParent();
        Path whole = isOverridden(key) || folder == null ? given.toAbsolutePath() : folder.resolve(given);
        return whole.normalize();
    }

    public ObjectNode root() {
        return root;
    }

    public Path file() {
        return file;
    }
}

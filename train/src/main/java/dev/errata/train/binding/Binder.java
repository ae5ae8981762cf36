package dev.errata.train.binding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Makes a config record from a tree of keys. Keys are the snake_case names of the record's components; unknown keys,
 * missing required ones and values of the wrong kind are bad input that names key, value and place.
 */
public final class Binder {
    private final ConfigTree tree;
    private final Class<?> root;
    private final ConfigValues values;

    private Binder(ConfigTree tree, Class<?> root) {
        this.tree = tree;
        this.root = root;
        this.values = new ConfigValues(tree);
    }

    /** The record with every value of the tree, and the defaults for what it leaves out. */
    public static <R extends Record> R bind(ConfigTree tree, Class<R> type) {
        Binder binder = new Binder(tree, type);
        binder.refuseUnknown(tree.root(), type, "");
        return type.cast(binder.block(tree.root(), type, ""));
    }

    private Object block(ObjectNode node, Class<?> type, String prefix) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            arguments[i] = components[i].isAnnotationPresent(Flat.class)
                    ? block(node, components[i].getType(), prefix)
                    : component(node, components[i], prefix);
        }
        Object made = make(type, components, arguments);
        if (made instanceof Checked checked) {
            checked.check(new Place(tree, prefix));
        }
        return made;
    }

    private Object component(ObjectNode node, RecordComponent component, String prefix) {
        String key = ConfigKeys.keyOf(component);
        JsonNode given = node.get(key);
        if (given != null && given.isNull() && component.isAnnotationPresent(Nullable.class)) {
            return null;
        }
        if (given == null || given.isNull()) {
            given = defaultOf(component, prefix + key);
            if (given == null) {
                return null;
            }
        }
        if (component.getType() == List.class && ConfigValues.entry(component).isRecord()) {
            return blocks(given, ConfigValues.entry(component), prefix + key);
        }
        return component.getType().isRecord()
                ? record(given, component.getType(), prefix + key)
                : values.of(given, component, prefix + key);
    }

    /** Entries are named {@code key[0]}, {@code key[1]} …; a single one stands for a list of one. */
    private List<Object> blocks(JsonNode given, Class<?> entry, String name) {
        List<Object> found = new ArrayList<>();
        if (given instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                found.add(record(array.get(i), entry, name + "[" + i + "]"));
            }
        } else {
            found.add(record(given, entry, name));
        }
        return List.copyOf(found);
    }

    /** A block of keys, or the word that stands for it. */
    private Object record(JsonNode given, Class<?> type, String name) {
        if (given instanceof ObjectNode inner) {
            refuseUnknown(inner, type, name + ".");
            return block(inner, type, name + ".");
        }
        ConfigWord word = new ConfigWord(tree, name, given);
        if (!WordValue.class.isAssignableFrom(type) || !given.isValueNode() || given.isNull()) {
            throw new BadInputException(
                    Place.plain(name + " is " + given + " and not a block of keys"),
                    tree.originOf(name),
                    "give it keys and values");
        }
        Object made = ConfigValues.word(word, type);
        if (made instanceof Checked checked) {
            checked.check(new Place(tree, name + "."));
        }
        return made;
    }

    private JsonNode defaultOf(RecordComponent component, String name) {
        Default known = component.getAnnotation(Default.class);
        if (known != null) {
            try {
                return YamlTree.read(known.value()).root();
            } catch (IOException e) {
                throw new IllegalStateException("the default of " + name + " is not YAML", e);
            }
        }
        if (component.isAnnotationPresent(Required.class)) {
            throw new BadInputException(
                    "key " + name + " is missing", tree.file().toString(), "add " + name + " to the config");
        }
        return null;
    }

    private void refuseUnknown(ObjectNode node, Class<?> type, String prefix) {
        List<String> known = ConfigKeys.of(type);
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                String guess = suggestion(name, known, prefix)
                        .map(found -> ", did you mean " + found)
                        .orElse("");
                throw new BadInputException(
                        Place.plain("unknown key " + prefix + name + guess),
                        tree.originOf(prefix + name),
                        "the keys here are " + String.join(", ", known));
            }
        }
    }

    /** The nearest key of the same block; else one of the same name elsewhere in the config. */
    private Optional<String> suggestion(String name, List<String> known, String prefix) {
        Optional<String> here = Spelling.nearest(name, known).map(found -> prefix + found);
        if (here.isPresent()) {
            return here;
        }
        return ConfigKeys.dotted(root, "").stream()
                .filter(each -> EditDistance.between(each.substring(each.lastIndexOf('.') + 1), name) <= 1)
                .findFirst();
    }

    private static Object make(Class<?> type, RecordComponent[] components, Object[] arguments) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return type.getConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof BadInputException bad ? bad : new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made from its components", e);
        }
    }
}

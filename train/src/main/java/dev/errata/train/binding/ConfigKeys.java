package dev.errata.train.binding;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/** The keys of a config record: snake_case names of its components. */
public final class ConfigKeys {
    private ConfigKeys() {}

    /** {@code maxGradNorm} becomes {@code max_grad_norm}, {@code min8bitSize} {@code min_8bit_size}, {@code beta1} stays. */
    public static String snake(String name) {
        return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9]+[a-z])", "_")
                .toLowerCase(java.util.Locale.ROOT);
    }

    /** The key of a component. */
    public static String keyOf(RecordComponent component) {
        return snake(component.getName());
    }

    /** The keys of one block, those of flat records included. */
    static List<String> of(Class<?> record) {
        List<String> keys = new ArrayList<>();
        for (RecordComponent component : record.getRecordComponents()) {
            if (component.isAnnotationPresent(Flat.class)) {
                keys.addAll(of(component.getType()));
            } else {
                keys.add(keyOf(component));
            }
        }
        return keys;
    }

    /** The dotted names of all keys, blocks and those inside them. */
    static List<String> dotted(Class<?> record, String prefix) {
        List<String> keys = new ArrayList<>();
        for (RecordComponent component : record.getRecordComponents()) {
            if (component.isAnnotationPresent(Flat.class)) {
                keys.addAll(dotted(component.getType(), prefix));
                continue;
            }
            keys.add(prefix + keyOf(component));
            if (component.getType().isRecord()) {
                keys.addAll(dotted(component.getType(), prefix + keyOf(component) + "."));
            }
        }
        return keys;
    }
}

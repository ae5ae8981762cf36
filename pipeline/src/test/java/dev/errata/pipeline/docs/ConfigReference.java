package dev.errata.pipeline.docs;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.train.binding.ConfigKeys;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.Flat;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;
import dev.errata.train.binding.WordValue;
import dev.errata.train.config.TrainConfig;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** {@code docs/config.md}: every key of both kinds of config, from the records that they are bound to. */
final class ConfigReference {
    private static final Pattern COMPONENT = Pattern.compile("`([a-z]+[A-Z]\\w*)`");

    private final StringBuilder page = new StringBuilder();

    private ConfigReference() {}

    /** The whole page. */
    static String page() {
        ConfigReference reference = new ConfigReference();
        reference.page.append("""
                # Keys of the configs

                This page is made from the records that configs are bound to, and a test compares the two. A key that is left out has its default; one without a default may be
                absent, and one that is *required* may not. Any of them can be given behind the command as `key=value`, inner ones with dots: `sample.problems=40`. An unknown key is an
                error with the one that it may mean. `extends: FILE` in the first place lays a config over another: blocks key by key, lists and values whole, and `null` takes a
                key out; a path is relative to the file that has it. `errata configs` prints configs to begin with; a run's folder keeps every value in `config.yaml`.

                ## `run`, `demo` and the stages

                """);
        reference.block(LoopConfig.class, "");
        reference.page.append("\n## `train`\n\n");
        reference.block(TrainConfig.class, "");
        reference.page.append("""

                The other keys of `train` are those of the loop's block `train` above, without `train.` before them.
                """);
        return reference.page.toString();
    }

    private void block(Class<?> record, String prefix) {
        page.append("| key | takes | default | |\n|---|---|---|---|\n");
        List<RecordComponent> inner = new ArrayList<>();
        rows(record, prefix, inner);
        for (RecordComponent each : inner) {
            Class<?> type = entry(each);
            String key = prefix + ConfigKeys.keyOf(each);
            page.append("\n### `")
                    .append(key)
                    .append("`\n\n")
                    .append(RecordSource.of(type).sentence())
                    .append("\n\n");
            block(type, key + ".");
        }
    }

    private void rows(Class<?> record, String prefix, List<RecordComponent> inner) {
        RecordSource source = RecordSource.of(record);
        for (RecordComponent each : record.getRecordComponents()) {
            if (each.isAnnotationPresent(Flat.class)) {
                continue;
            }
            String meaning = source.components().get(each.getName());
            if (meaning == null) {
                throw new AssertionError(record.getSimpleName() + "." + each.getName() + " has no @param");
            }
            page.append("| `").append(prefix).append(ConfigKeys.keyOf(each)).append("` | ");
            page.append(takes(each)).append(" | ").append(fallback(each)).append(" | ");
            page.append(asKeys(meaning).replace("|", "\\|")).append(" |\n");
            if (entry(each).isRecord()) {
                inner.add(each);
            }
        }
    }

    /** The component's type, or that of a list's entries. */
    private static Class<?> entry(RecordComponent component) {
        return component.getType() == List.class
                ? (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
                : component.getType();
    }

    /** Names of components in a sentence, as the keys that they are. */
    private static String asKeys(String meaning) {
        return COMPONENT.matcher(meaning).replaceAll(name -> "`" + ConfigKeys.snake(name.group(1)) + "`");
    }

    private static String takes(RecordComponent component) {
        OneOf words = component.getAnnotation(OneOf.class);
        String one = words != null ? "`" + String.join("` `", words.value()) + "`" : type(entry(component));
        String range = range(component.getAnnotation(Range.class));
        return (component.getType() == List.class ? "a list of: " : "") + one + range;
    }

    private static String type(Class<?> type) {
        if (type.isRecord() && WordValue.class.isAssignableFrom(type)) {
            return "a word or a block";
        } else if (type == int.class || type == Integer.class || type == long.class) {
            return "a whole number";
        } else if (type == double.class || type == Double.class) {
            return "a number";
        } else if (type == boolean.class) {
            return "`true` `false`";
        } else if (type == Path.class) {
            return "a path";
        } else if (type == LocalDate.class) {
            return "a date";
        } else if (type == String.class) {
            return "text";
        }
        return type.isRecord() ? "a block" : RecordSource.of(type).sentence();
    }

    private static String range(Range range) {
        if (range == null) {
            return "";
        }
        String low = range.min() != Double.NEGATIVE_INFINITY
                ? " from " + plain(range.min())
                : range.above() != Double.NEGATIVE_INFINITY ? " above " + plain(range.above()) : "";
        return low + (range.max() == Double.POSITIVE_INFINITY ? "" : " to " + plain(range.max()));
    }

    private static String plain(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }

    private static String fallback(RecordComponent component) {
        if (component.isAnnotationPresent(Required.class)) {
            return "*required*";
        }
        Default known = component.getAnnotation(Default.class);
        return known == null || known.value().equals("{}") ? "" : "`" + known.value() + "`";
    }
}

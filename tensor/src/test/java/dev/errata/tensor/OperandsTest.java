package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * An operator that holds an array, a list or any other host object can't be given to a device again as it stands: what it
 * holds may have changed, and would have to cross.
 */
class OperandsTest {
    @Test
    void operatorsHoldTensorsAndScalarsOnly() {
        Set<Class<?>> seen = new HashSet<>();
        List<String> others = new ArrayList<>();
        for (Class<?> op : Op.class.getPermittedSubclasses()) {
            look(op, op.getSimpleName(), seen, others);
        }
        assertThat(others).isEmpty();
        assertThat(seen).contains(Tensor.class, Weight.class, Segments.class, SamplingRules.class);
    }

    private record Wrong(int scalar, int[] array, List<Tensor> list, Inner inner) {}

    private record Inner(Tensor tensor, String text) {}

    @Test
    void arraysListsAndHostObjectsAreFoundInRecordsOfRecordsToo() {
        List<String> others = new ArrayList<>();
        look(Wrong.class, "Wrong", new HashSet<>(), others);
        assertThat(others)
                .containsExactly(
                        "Wrong.array: int[]",
                        "Wrong.list: interface java.util.List",
                        "Wrong.inner.text: class java.lang.String");
    }

    /** What a weight is made of is its own affair: a backend may keep it in any form. */
    private static void look(Class<?> type, String name, Set<Class<?>> seen, List<String> others) {
        if (type == Tensor.class || Weight.class.isAssignableFrom(type) || type.isPrimitive() || type.isEnum()) {
            seen.add(type);
        } else if (!type.isRecord()) {
            others.add(name + ": " + type.toString().replace("class [I", "int[]"));
        } else if (seen.add(type)) {
            for (RecordComponent component : type.getRecordComponents()) {
                look(component.getType(), name + "." + component.getName(), seen, others);
            }
        }
    }
}

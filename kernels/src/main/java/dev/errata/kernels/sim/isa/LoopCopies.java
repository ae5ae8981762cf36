package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Copies of a loop's class, one for each operation. In its own copy the operation is a constant, which the JVM inlines
 * into the loop, where one loop for all operations would call it 32 times through a table. Nothing is generated: the
 * class file of {@link UnaryLoop} and its kin is loaded again.
 */
final class LoopCopies {
    private record Key(Class<?> loop, String operation) {}

    private static final Map<Key, MethodHandle> COPIES = new ConcurrentHashMap<>();

    private LoopCopies() {}

    /**
     * @param loop the class to copy: its constructor takes slots
     * @param key tells the operation apart from all others: two operations under one key would be taken for the same
     */
    static Step step(Class<? extends Step> loop, String key, Object operation, int... slots) {
        MethodHandle constructor = COPIES.computeIfAbsent(new Key(loop, key), _ -> copy(loop, operation));
        try {
            return (Step) constructor.invoke(slots);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle copy(Class<? extends Step> loop, Object operation) {
        try (InputStream in = loop.getResourceAsStream(loop.getSimpleName() + ".class")) {
            MethodHandles.Lookup copy =
                    MethodHandles.lookup().defineHiddenClassWithClassData(in.readAllBytes(), operation, true);
            return copy.findConstructor(copy.lookupClass(), MethodType.methodType(void.class, int[].class))
                    .asType(MethodType.methodType(Step.class, int[].class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** In a copy: its operation. In the class itself, which nobody runs: null. */
    static <T> T operation(MethodHandles.Lookup lookup, Class<T> type) {
        try {
            return MethodHandles.classData(lookup, "_", type);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}

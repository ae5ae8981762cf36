package dev.errata.tensor;

import dev.errata.tensor.ggml.GgmlType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** How a backend is found: by {@link java.util.ServiceLoader}, so that nothing compiles against it. */
public interface BackendProvider {
    /** The priority of a backend that runs only where {@code --device} names it. */
    int ONLY_BY_NAME = -1;

    /** As in {@code --device}. */
    String name();

    /** Backends are tried from the highest to the lowest; below 0 they aren't, unless {@code --device} names them. */
    int priority();

    /** Why it can't run here and what would help, in one line; empty if it can. */
    Optional<String> refusal();

    /** What is lost on this machine, where it runs but not as it could; in one line. */
    default Optional<String> loss() {
        return Optional.empty();
    }

    /**
     * The units of the processor, by their names, that it computes some products of bf16 with, whose sums then have another order than
     * without; empty where it has none, or doesn't use them.
     */
    default List<String> bf16Units() {
        return List.of();
    }

    /**
     * The units of the processor, by their names, that it computes products of rows of 8 bits with, by weights of such blocks; the bits are
     * those without them. Empty where there are none for the type, or they aren't used.
     */
    default List<String> int8Units(GgmlType type) {
        return List.of();
    }

    /** Which units of the processor its machine code is for, or why there is none, in one line; empty where it never has any. */
    default Optional<String> machineCode() {
        return Optional.empty();
    }

    /** The device that it would run on, where that isn't the host and is there, even if it can't be used. */
    default Optional<DeviceReport> report() {
        return Optional.empty();
    }

    /**
     * @param threads host threads to use, at least 1
     */
    Backend create(int threads);

    /**
     * A backend that computes nothing and holds nothing, and counts memory as that of {@link #create} does, whether or not this
     * machine has the device. Elements are neither read nor written.
     *
     * @param memoryBytes of the device, where it has a memory of its own: what is asked for beyond it fails as on the device
     */
    Backend plan(long memoryBytes);

    /** Whether tensors lie in a memory of the device's own, beside the host's. */
    default boolean hasOwnMemory() {
        return false;
    }

    /** Bytes of the device's own memory in all; empty where it has none, or where this machine has no such device. */
    default OptionalLong memoryBytes() {
        return OptionalLong.empty();
    }
}

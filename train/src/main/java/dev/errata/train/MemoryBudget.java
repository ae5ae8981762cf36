package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.MemorySize;
import dev.errata.train.config.TrainSettings;

/**
 * The memory that a training may take: the device's own where it has one, else the host's.
 *
 * @param device as in {@code --device}; null: the best there is
 * @param isOwn whether tensors lie in a memory of the device's own
 * @param bytes in all, with what isn't for tensors
 */
public record MemoryBudget(String device, boolean isOwn, long bytes) {
    /** The Java machine with its heap, as far as a training fills it. */
    private static final long PROGRAM = 256L << 20;
    /** A driver's context with its kernels. */
    private static final long CONTEXT = 768L << 20;
    /** Of a card's memory, one part in so many isn't there: it has less than it is sold with, and the context grows with it. */
    private static final long MISSING = 40;

    /** All that the device has. */
    public static MemoryBudget of(String device) {
        BackendProvider provider = Backends.provider(device);
        long bytes = provider.hasOwnMemory()
                ? provider.memoryBytes()
                        .orElseThrow(() -> new BadInputException(
                                "there is no such device here to ask for its memory",
                                "--device " + device,
                                "say how much it has, as --memory 80GB"))
                : MemorySize.ofThisMachine();
        return new MemoryBudget(device, provider.hasOwnMemory(), bytes);
    }

    /** The same of a device that needn't be here. */
    public static MemoryBudget of(String device, long bytes) {
        return new MemoryBudget(device, Backends.provider(device).hasOwnMemory(), bytes);
    }

    /** As much of it as a config allows. */
    MemoryBudget within(TrainSettings settings) {
        return settings.memory() == null
                ? this
                : new MemoryBudget(device, isOwn, Math.min(bytes, MemorySize.parse(settings.memory(), "memory")));
    }

    /** What isn't for tensors: the program with its heap, or a driver's context. */
    long overhead() {
        return isOwn ? Math.max(CONTEXT, bytes / MISSING) : PROGRAM;
    }

    /** What tensors of so many bytes take of it, with what isn't for tensors. */
    public long with(long tensorBytes) {
        return tensorBytes + overhead();
    }

    /** Bytes for tensors. */
    public long forTensors() {
        return Math.max(0, bytes - overhead());
    }

    /**
     * A backend that counts as the device does.
     *
     * @param isLimited whether it is full where the budget is, and gives back what it can before
     */
    Backend counting(boolean isLimited) {
        return Backends.provider(device).plan(isLimited ? forTensors() : Long.MAX_VALUE);
    }
}

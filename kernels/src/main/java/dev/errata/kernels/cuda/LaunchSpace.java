package dev.errata.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.Pointer;

/**
 * What a thread has with the driver: whose context it is in, and native memory for the arguments of one launch: their values, and a pointer to each, as {@code
 * cuLaunchKernel} takes them. It copies both before it returns, so the memory serves every launch.
 */
final class LaunchSpace {
    private static final int LARGEST_PARAMETER_SPACE = 4096;
    private static final int MOST_PARAMETERS = LARGEST_PARAMETER_SPACE / Integer.BYTES;

    private final MemorySegment values = Arena.ofAuto().allocate(LARGEST_PARAMETER_SPACE, 64);
    private final MemorySegment pointers = Arena.ofAuto().allocate(ValueLayout.ADDRESS, MOST_PARAMETERS);
    private final Pointer pointer = Addresses.host(pointers);
    private NativeDriver driver;

    /** The driver whose context is the thread's current one, or null. */
    NativeDriver driver() {
        return driver;
    }

    void enter(NativeDriver entered) {
        driver = entered;
    }

    Pointer fill(KernelArguments arguments) {
        MemorySegment.copy(MemorySegment.ofBuffer(arguments.space()), 0, values, 0, arguments.size());
        for (int i = 0; i < arguments.count(); i++) {
            pointers.setAtIndex(ValueLayout.JAVA_LONG, i, values.address() + arguments.offset(i));
        }
        return pointer;
    }
}

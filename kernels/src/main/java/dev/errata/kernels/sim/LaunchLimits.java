package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.DeviceProperties;
import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.machine.Program;
import java.util.List;

/** What a device can launch. */
final class LaunchLimits {
    static final int SHARED_UNASKED = 48 * 1024;
    private static final int MOST_THREADS = 1024;
    private static final int MOST_THREADS_Z = 64;
    private static final int MOST_BLOCKS_YZ = 65_535;

    private LaunchLimits() {}

    /** What is wrong with a launch in words, or null. */
    static String problem(
            Program program, Launch launch, DeviceProperties device, int allowedShared, int argumentBytes) {
        int threads = launch.threads();
        int shared = program.sharedBytes() + launch.sharedBytes();
        int most = program.maxThreads() > 0 ? Math.min(MOST_THREADS, program.maxThreads()) : MOST_THREADS;
        if (launch.blocks() < 1 || threads < 1 || launch.sharedBytes() < 0) {
            return "no blocks or no threads";
        }
        if (threads > most || launch.blockZ() > MOST_THREADS_Z) {
            return threads + " threads in a block, " + most + " are allowed";
        }
        if (launch.gridY() > MOST_BLOCKS_YZ || launch.gridZ() > MOST_BLOCKS_YZ || launch.blocks() > Integer.MAX_VALUE) {
            return "a grid of " + launch.gridX() + " x " + launch.gridY() + " x " + launch.gridZ() + " blocks";
        }
        int[] required = program.requiredThreads();
        if (required != null
                && (required[0] != launch.blockX()
                        || required[1] != launch.blockY()
                        || required[2] != launch.blockZ())) {
            return "the kernel wants blocks of " + required[0] + " x " + required[1] + " x " + required[2] + " threads";
        }
        int limit = Math.max(SHARED_UNASKED, allowedShared + program.sharedBytes());
        if (shared > limit || shared > device.sharedBytesPerBlock()) {
            return shared + " bytes of shared memory, " + Math.min(limit, device.sharedBytesPerBlock())
                    + " are allowed";
        }
        int[] cluster = program.cluster();
        if (launch.gridX() % cluster[0] != 0 || launch.gridY() % cluster[1] != 0 || launch.gridZ() % cluster[2] != 0) {
            return "the grid is no multiple of the kernel's clusters";
        }
        return argumentBytes == program.parameterBytes()
                ? null
                : argumentBytes + " bytes of arguments, the kernel takes " + parameters(program.parameters());
    }

    private static String parameters(List<Program.ParameterLayout> parameters) {
        StringBuilder s = new StringBuilder();
        for (Program.ParameterLayout p : parameters) {
            s.append(s.isEmpty() ? "" : ", ").append(p.bytes());
        }
        return parameters.size() + " parameters of " + s + " bytes";
    }
}

package dev.errata.kernels.cuda;

import dev.errata.kernels.sim.SimDriver;

/** The device that tests of kernels run on: the simulator, or with {@code -Derrata.device=cuda} a real one. */
final class TestDevice {
    static final boolean REAL = System.getProperty("errata.device", "sim").equals("cuda");

    private TestDevice() {}

    static CudaDriver open() {
        return REAL ? new NativeDriver() : new SimDriver();
    }
}

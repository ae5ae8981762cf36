package dev.errata.kernels.cuda;

import dev.errata.kernels.sim.SimDriver;

/**
 * The device of kernel tests: a simulator for each, or with {@code -Derrata.device=cuda} the machine's own, which all share
 * so that its kernels are compiled once.
 */
final class TestDevice {
    private static KernelLibrary shared;

    private TestDevice() {}

    static synchronized KernelLibrary open() {
        if (!System.getProperty("errata.device", "sim").equals("cuda")) {
            return new KernelLibrary(new SimDriver());
        }
        if (shared == null) {
            shared = new KernelLibrary(new NativeDriver());
        }
        return shared;
    }

    static synchronized void close(KernelLibrary library) {
        if (library != shared) {
            library.close();
            library.driver().close();
        }
    }
}

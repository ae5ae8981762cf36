package dev.errata.kernels.cuda;

import static org.junit.jupiter.api.Assumptions.abort;

/** The device that the kernels' tests run on: the PTX simulator, or the real one with {@code -Derrata.device=cuda}. */
final class TestDevice {
    private TestDevice() {}

    static CudaDriver open() {
        if (System.getProperty("errata.device", "sim").equals("cuda")) {
            return new NativeDriver();
        }
        try {
            return Class.forName("dev.errata.kernels.sim.SimDriver")
                    .asSubclass(CudaDriver.class)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            return abort("no simulator: " + e);
        }
    }
}

package dev.errata.kernels.cuda;

/** The device that tests of kernels run on: the simulator, or with {@code -Derrata.device=cuda} a real one. */
final class TestDevice {
    static final boolean REAL = System.getProperty("errata.device", "sim").equals("cuda");

    private TestDevice() {}

    static CudaDriver open() {
        if (REAL) {
            return new NativeDriver();
        }
        try {
            return Class.forName("dev.errata.kernels.sim.SimDriver")
                    .asSubclass(CudaDriver.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new org.opentest4j.TestAbortedException("no simulator", e);
        }
    }
}

package dev.errata.kernels.cpu;

/** Whether machine code may be used: {@code --machine-code auto|off}, or an environment variable. */
final class MachineCodeSetting {
    /** The property that the option sets. */
    static final String PROPERTY = "errata.machine-code";

    static final String VARIABLE = "ERRATA_MACHINE_CODE";

    private MachineCodeSetting() {}

    static boolean isOff() {
        String given = System.getProperty(PROPERTY);
        return "off".equals(given == null ? System.getenv(VARIABLE) : given);
    }
}

package dev.errata.tensor;

/**
 * Whether backends may use machine code of their own, for the whole process: as {@code --machine-code auto|off} says, or without it the
 * environment variable {@value #VARIABLE}.
 */
public final class MachineCodeSetting {
    public static final String VARIABLE = "ERRATA_MACHINE_CODE";

    private static volatile String given;

    private MachineCodeSetting() {}

    /**
     * @param setting auto, off, or null for what the environment says
     * @throws BadInputException if it is anything else
     */
    public static void set(String setting) {
        require(setting, "--machine-code");
        given = setting;
    }

    /**
     * @throws BadInputException if the environment says neither auto nor off
     */
    public static boolean isOff() {
        if (given != null) {
            return given.equals("off");
        }
        String variable = System.getenv(VARIABLE);
        require(variable, VARIABLE);
        return "off".equals(variable);
    }

    private static void require(String setting, String where) {
        if (setting != null && !setting.equals("auto") && !setting.equals("off")) {
            throw new BadInputException("machine code is " + setting, where, "use auto or off");
        }
    }
}

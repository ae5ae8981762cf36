package dev.errata.train.config;

import dev.errata.tensor.BadInputException;
import java.nio.file.Path;

/** What a config may ask for and this version does not do yet; such a config can be planned, not run. */
public final class Supported {
    private Supported() {}

    /**
     * @param prefix what stands before the settings' keys in the config: {@code train.} in the loop's, else nothing
     * @throws BadInputException if training would need something that isn't there; it names the key
     */
    public static void require(TrainSettings settings, String prefix, Path config) {
        refuseIf(
                settings.optimizer().name().equals("adamw8bit"),
                prefix + "optimizer.name adamw8bit",
                "use adamw",
                config);
        refuseIf(settings.optimizer().paged(), prefix + "optimizer.paged", "set it to false", config);
    }

    private static void refuseIf(boolean asked, String what, String remedy, Path config) {
        if (asked) {
            throw new BadInputException(what + " is not done by this version", config.toString(), remedy);
        }
    }
}

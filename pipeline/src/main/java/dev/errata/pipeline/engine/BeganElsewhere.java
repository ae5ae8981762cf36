package dev.errata.pipeline.engine;

import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Work whose bits depend on what computes it, and that was begun on something else. */
public final class BeganElsewhere {
    private BeganElsewhere() {}

    /**
     * Compares the processor's units that bf16 products were computed with, and are now.
     *
     * @param what goes on, as {@code the training}
     * @param mayChange whether somebody said that its bits may change
     * @param place its folder
     * @return a line for the user where they differ
     * @throws BadInputException if they differ and the bits may not change
     */
    public static Optional<String> onUnits(
            String what, List<String> begun, List<String> units, boolean mayChange, Path place) {
        if (begun.equals(units)) {
            return Optional.empty();
        }
        String with = "was begun with " + named(begun) + " and goes on with " + named(units);
        if (!mayChange) {
            throw new BadInputException(
                    what + " " + with + ", its bits would change",
                    place.toString(),
                    "see --machine-code, or give --change-device to go on all the same");
        }
        return Optional.of(with + "; from here on its bits differ from those of work with one of them");
    }

    private static String named(List<String> units) {
        return units.isEmpty() ? "vectors alone" : String.join(", ", units);
    }
}

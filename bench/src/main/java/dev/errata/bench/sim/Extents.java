package dev.errata.bench.sim;

import dev.errata.tensor.BadInputException;
import java.util.Arrays;

/** {@code X[,Y[,Z]]}. */
final class Extents {
    private Extents() {}

    static int[] parse(String option, String text) {
        String[] parts = text.split(",", -1);
        int[] extents = {1, 1, 1};
        try {
            if (parts.length > extents.length) {
                throw new NumberFormatException();
            }
            for (int i = 0; i < parts.length; i++) {
                extents[i] = Integer.parseInt(parts[i].strip());
            }
        } catch (NumberFormatException e) {
            throw bad(option, text, e);
        }
        if (Arrays.stream(extents).anyMatch(x -> x < 1)) {
            throw bad(option, text, null);
        }
        return extents;
    }

    private static BadInputException bad(String option, String text, Exception cause) {
        return new BadInputException(
                "not a size", option + " " + text, "give one to three numbers from 1, as 4 or 4,2,1", cause);
    }
}

package dev.errata.bench.trace;

import java.util.Locale;
import java.util.Set;

/** What memory is for. */
enum MemoryKind {
    WEIGHTS("weights", "the model as it is multiplied with, tables of angles"),
    ADAPTERS("adapters", "what is trained beside frozen weights"),
    OPTIMIZER("optimizer", "moments, and pages of them"),
    GRADIENTS("gradients", "of what is trained"),
    ACTIVATIONS("activations", "outputs of operators, kept for gradients or passing"),
    ACTIVATION_GRADIENTS("gradients of activations", "on their way down the layers"),
    SCRATCH("scratch", "ids, positions, segments, losses");

    private static final Set<String> SCRATCH_NAMES = Set.of(
            "ids",
            "labels",
            "losses",
            "positions",
            "target rows",
            "segments",
            "squares",
            "squared gradient norm",
            "cosines",
            "sines",
            "rows of angles");

    private final String shown;
    private final String meaning;

    MemoryKind(String shown, String meaning) {
        this.shown = shown;
        this.meaning = meaning;
    }

    /**
     * What memory is for, by the name that it was asked for under.
     *
     * @param loading whether the model is being read and its optimizer made; else steps are
     * @param whole whether all of the model is trained
     */
    static MemoryKind of(String name, boolean loading, boolean whole) {
        if (name.contains("optimizer state")) {
            return OPTIMIZER;
        }
        if (loading && !name.equals("squared gradient norm")) {
            boolean trained = name.equals("trained values") || name.contains("lora_");
            return name.equals("gradients") ? GRADIENTS : trained && !whole ? ADAPTERS : WEIGHTS;
        }
        if (SCRATCH_NAMES.contains(name)) {
            return SCRATCH;
        }
        return name.startsWith("d ") ? ACTIVATION_GRADIENTS : ACTIVATIONS;
    }

    /** As in tables and pictures. */
    String shown() {
        return shown;
    }

    String meaning() {
        return meaning;
    }

    /** As in JSON, and as the page's style names it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}

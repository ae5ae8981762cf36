package dev.errata.pipeline.format;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a correction says; training rows may leave some of it out (the paper's Figure 12). */
public enum CorrectionPart {
    /** Which step is the first wrong one. */
    STEP,
    /** Why it is wrong. */
    EXPLANATION,
    /** The solution from there on. */
    SOLUTION;

    /** All of it. */
    public static final Set<CorrectionPart> ALL = Collections.unmodifiableSet(EnumSet.allOf(CorrectionPart.class));

    /** The parts of these names, as {@code step}, in the order in which a correction has them. */
    public static Set<CorrectionPart> named(Collection<String> names) {
        Set<CorrectionPart> parts = EnumSet.noneOf(CorrectionPart.class);
        names.forEach(name -> parts.add(valueOf(name.toUpperCase(Locale.ROOT))));
        return Collections.unmodifiableSet(parts);
    }
}

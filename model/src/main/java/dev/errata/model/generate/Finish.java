package dev.errata.model.generate;

import java.util.Locale;

/** Why a sequence ended. */
public enum Finish {
    STOP,
    LENGTH;

    /** As in records: {@code stop}, {@code length}. */
    public String recordName() {
        return name().toLowerCase(Locale.ROOT);
    }
}

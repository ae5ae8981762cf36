package dev.errata.train.binding;

/** A config record with rules about several keys together; the binder applies them once the record is made. */
public interface Checked {
    /** Throws {@code place.wrong(…)} when a rule is broken. */
    void check(Place place);
}

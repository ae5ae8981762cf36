package dev.errata.train.binding;

import java.util.Optional;

/**
 * A type of config value that is written as a word, a number or a path. It has a method {@code public static T
 * of(ConfigWord)}, which throws {@link ConfigWord#wrong} for what it doesn't take. A record may be written as a block of
 * its keys as well.
 */
public interface WordValue {
    /** What {@code of} takes back; empty for a record that needs its block. */
    Optional<String> word();
}

package dev.errata.train.binding;

import dev.errata.tensor.BadInputException;

/**
 * Where a block of keys was given, for messages.
 *
 * @param prefix the dotted name of the block with a dot at its end; empty for the whole config
 */
public record Place(ConfigTree tree, String prefix) {
    /** The exception for a wrong key of this block: "prefix.key problem: file or command line: remedy". */
    public BadInputException wrong(String key, String problem, String remedy) {
        String name = prefix + key;
        return new BadInputException(plain(name + " " + problem), tree.originOf(name), remedy);
    }

    /** Text for the first part of a sentence, which holds neither colons nor line breaks. */
    static String plain(String text) {
        return text.replaceAll("\\s+", " ").replace(": ", " ").replace(':', ' ');
    }
}

package dev.errata.pipeline.run;

import dev.errata.pipeline.folder.RunSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that can change a piece of a stage: its fingerprint. Pieces of equal bases have equal bytes.
 *
 * @param keys of the config: single ones, and blocks with all that is in them
 * @param but keys in these blocks that change nothing here, or are told by what follows
 * @param made what it is made of besides, as the hash of an arm's rows, by name
 * @param each for a file of records, what each of them is made from, in order; records depend on nothing else, so that the
 *     first ones of another run are of use where it goes on otherwise. Null for what is one whole.
 */
record Basis(Set<String> keys, Set<String> but, Map<String, String> made, List<String> each) {
    /** What decides a text, beside how it is sampled and what it goes on from. */
    static final Set<String> OF_TEXTS = Set.of("task", "model", "prompt", "date", "train.quantization", "train.dtype");

    /** Of a file of records that are made one by one. */
    static Basis ofRecords(Set<String> keys, Set<String> but, List<String> each) {
        return new Basis(keys, but, Map.of(), each);
    }

    /** These settings of a run. */
    SortedMap<String, String> of(SortedMap<String, String> settings) {
        SortedMap<String, String> counted = new TreeMap<>(settings);
        counted.keySet().removeIf(key -> but.contains(key) || keys.stream().noneMatch(each -> isWithin(key, each)));
        return counted;
    }

    private static boolean isWithin(String key, String block) {
        return key.startsWith(block)
                && (key.length() == block.length() || ".[".indexOf(key.charAt(block.length())) >= 0);
    }

    /**
     * Why a piece on another basis is none on this one; empty where it is, at least in its first records.
     *
     * @param others the settings of the run that the other piece is of
     * @param own those of this run
     */
    Optional<String> difference(Basis other, SortedMap<String, String> others, SortedMap<String, String> own) {
        Optional<String> setting = RunSettings.firstDifference(of(others), of(own));
        if (setting.isPresent()) {
            return setting;
        }
        for (String name : new TreeMap<>(made).keySet()) {
            if (!made.get(name).equals(other.made.get(name))) {
                return Optional.of("its " + name + " are others");
            }
        }
        if ((each == null) != (other.each == null)) {
            return Optional.of("it is made in another way");
        }
        return each != null && !each.isEmpty() && common(other) == 0
                ? Optional.of("its first record is made from something else")
                : Optional.empty();
    }

    /** How many of the first records are made from the same. */
    int common(Basis other) {
        int most = Math.min(each.size(), other.each.size());
        int common = 0;
        while (common < most && each.get(common).equals(other.each.get(common))) {
            common++;
        }
        return common;
    }
}

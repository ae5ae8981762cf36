package dev.errata.kernels.sim.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The faults of one launch, each line of PTX once for each kind. */
public final class Findings {
    private record Key(FindingKind kind, int line) {}

    private final Map<Key, Finding> found = new LinkedHashMap<>();

    public void add(Finding finding) {
        found.merge(
                new Key(finding.kind(), finding.line()),
                finding,
                (first, _) -> new Finding(
                        first.kind(),
                        first.kernel(),
                        first.line(),
                        first.block(),
                        first.thread(),
                        first.address(),
                        first.text(),
                        first.times() + 1));
    }

    /** Whether this line was found at this before, so that no text needs making. */
    public boolean has(FindingKind kind, int line) {
        return found.containsKey(new Key(kind, line));
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** In the order in which they were first seen. */
    public List<Finding> all() {
        return new ArrayList<>(found.values());
    }
}

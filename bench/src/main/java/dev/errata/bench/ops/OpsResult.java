package dev.errata.bench.ops;

import dev.errata.bench.measure.MachineName;
import java.util.List;

/** What {@code bench ops --json} prints. */
record OpsResult(String machine, String jdk, List<Ceilings> ceilings, List<OperatorRow> rows) {
    static OpsResult here(List<Ceilings> ceilings, List<OperatorRow> rows) {
        return new OpsResult(MachineName.ofThisMachine(), MachineName.ofThisJdk(), ceilings, rows);
    }
}

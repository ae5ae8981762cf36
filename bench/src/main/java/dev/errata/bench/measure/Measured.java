package dev.errata.bench.measure;

import java.util.List;

/** What {@code bench --json} prints. */
public record Measured<R>(String machine, String jdk, List<R> rows) {
    public static <R> Measured<R> here(List<R> rows) {
        return new Measured<>(MachineName.ofThisMachine(), MachineName.ofThisJdk(), rows);
    }
}

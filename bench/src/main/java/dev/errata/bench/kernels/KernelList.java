package dev.errata.bench.kernels;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.kernels.cuda.ptx.PtxManifest.KernelFile;
import java.util.List;
import java.util.Locale;

/** What {@code kernels list --json} prints. */
record KernelList(List<File> kernels) {
    /** A PTX file. */
    record File(String name, String target, List<Entry> entries) {}

    /**
     * A kernel of a file.
     *
     * @param sharedBytes that a block declares; a launch may add to them
     * @param spillBytes stored and loaded by a thread for want of registers
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Entry(String name, int registers, int sharedBytes, int stackBytes, int spillBytes) {}

    static KernelList of(List<KernelFile> files) {
        return new KernelList(files.stream()
                .map(file -> new File(
                        file.name(),
                        file.target(),
                        file.entries().stream()
                                .map(e -> new Entry(e.entry(), e.registers(), e.shared(), e.stack(), e.spills()))
                                .toList()))
                .toList());
    }

    /** A line for each kernel. */
    String table() {
        StringBuilder text = new StringBuilder();
        String line = "%-20s %-7s %-42s %9s %9s %7s%n";
        text.append(String.format(Locale.ROOT, line, "file", "target", "kernel", "registers", "shared", "spills"));
        for (File file : kernels) {
            for (Entry e : file.entries()) {
                text.append(String.format(
                        Locale.ROOT,
                        line,
                        file.name(),
                        file.target(),
                        e.name(),
                        e.registers(),
                        e.sharedBytes(),
                        e.spillBytes()));
            }
        }
        return text.toString();
    }
}

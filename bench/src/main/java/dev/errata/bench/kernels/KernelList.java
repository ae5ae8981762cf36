package dev.errata.bench.kernels;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.kernels.cuda.Bf16Gemm;
import dev.errata.kernels.cuda.ptx.PtxManifest.KernelFile;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What {@code kernels list --json} prints. */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record KernelList(List<File> kernels, List<Product> bf16Products) {
    /** Which kernels multiply bf16 matrices, and for which products; the first that fits are taken. */
    record Product(String kernels, String when) {}

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
        return new KernelList(
                files.stream()
                        .map(file -> new File(
                                file.name(),
                                file.target(),
                                file.entries().stream()
                                        .map(e ->
                                                new Entry(e.entry(), e.registers(), e.shared(), e.stack(), e.spills()))
                                        .toList()))
                        .toList(),
                Arrays.stream(Bf16Gemm.Kernels.values())
                        .map(k -> new Product(k.name().toLowerCase(Locale.ROOT), k.when()))
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
        text.append(String.format(Locale.ROOT, "%nbf16 products, by the first that fits:%n"));
        for (Product product : bf16Products) {
            text.append(String.format(Locale.ROOT, "%-20s %s%n", product.kernels(), product.when()));
        }
        return text.toString();
    }
}

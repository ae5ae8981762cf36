package dev.errata.pipeline.cli.machine;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.pipeline.cli.Version;
import dev.errata.tensor.DeviceReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What {@code doctor} says.
 *
 * @param device the backend that is used where none is named, or null
 * @param problems what could be better; empty where all is well
 */
record MachineFindings(String errata, @JsonUnwrapped Machine machine, String device, List<Problem> problems) {
    private static final long GIB = 1L << 30;
    private static final int LEAST_VECTOR_BITS = 256;

    /** Something that could be better, and what to do about it. */
    record Problem(String what, String remedy) {}

    static MachineFindings of(Machine machine) {
        String device = machine.backends().stream()
                .filter(each -> each.refusal() == null && !each.byNameOnly())
                .map(Machine.Device::name)
                .findFirst()
                .orElse(null);
        return new MachineFindings(Version.ERRATA, machine, device, problems(machine));
    }

    private static List<Problem> problems(Machine machine) {
        List<Problem> problems = new ArrayList<>();
        for (Machine.Device each : machine.backends()) {
            // A machine without a GPU is none the worse for it; one whose driver refuses is.
            if (each.refusal() != null && (!each.byNameOnly() || machine.cudaDriver() != null)) {
                problems.add(new Problem("backend " + each.name() + " can't run", each.refusal()));
            }
        }
        if (machine.vectorBits() == 0) {
            problems.add(new Problem("the Vector API is off", "start the program with ./errata"));
        } else if (machine.vectorBits() < LEAST_VECTOR_BITS) {
            problems.add(new Problem(
                    "float vectors are only " + machine.vectorBits() + " bits wide",
                    "use a processor with AVX2 or later, or expect it to be slow"));
        }
        if (machine.memoryAvailableBytes() > 0 && machine.memoryAvailableBytes() < 3 * GIB) {
            problems.add(new Problem(
                    "less than 3 GiB of memory are free", "end other programs, or use small models and batches"));
        }
        if (machine.diskFreeBytes() > 0 && machine.diskFreeBytes() < 2 * GIB) {
            problems.add(new Problem("less than 2 GiB of disk are free here", "make room, or name another output"));
        }
        if ("never".equals(machine.transparentHugePages())) {
            problems.add(new Problem(
                    "transparent huge pages are off, which slows large models",
                    "write madvise to /sys/kernel/mm/transparent_hugepage/enabled as root"));
        }
        return List.copyOf(problems);
    }

    /** A line for each fact and each problem. */
    String text() {
        StringBuilder text = new StringBuilder();
        fact(text, "errata", errata);
        fact(text, "java", machine.java() + " in " + machine.javaHome());
        fact(text, "system", machine.system());
        fact(text, "cores", machine.cores());
        fact(text, "vectors", machine.vectorBits() + " bits");
        fact(text, "heap", gib(machine.heapBytes()) + " at most");
        fact(text, "memory", gib(machine.memoryBytes()) + ", free " + gib(machine.memoryAvailableBytes()));
        fact(text, "disk", gib(machine.diskFreeBytes()) + " free here");
        fact(text, "huge pages", machine.transparentHugePages() == null ? "unknown" : machine.transparentHugePages());
        fact(text, "CUDA driver", machine.cudaDriver() == null ? "none" : machine.cudaDriver());
        fact(text, "device", device == null ? "none" : device);
        for (Machine.Device each : machine.backends()) {
            if (each.byNameOnly()) {
                fact(
                        text,
                        each.name(),
                        each.refusal() == null
                                ? "can run, with --device " + each.name()
                                : "can't run: " + each.refusal());
            }
            if (each.machineCode() != null) {
                fact(text, "machine code", each.machineCode());
            }
            if (each.report() != null) {
                device(text, each.report());
            }
        }
        for (Problem each : problems) {
            fact(text, "problem", each.what() + ": " + each.remedy());
        }
        if (problems.isEmpty()) {
            text.append("no problems found\n");
        }
        return text.toString();
    }

    /** The device, and which of the kernels run on it. */
    private static void device(StringBuilder text, DeviceReport report) {
        fact(
                text,
                "GPU",
                report.name() + ", compute capability " + report.computeCapability() + ", " + report.multiprocessors()
                        + " multiprocessors, driver of " + report.driver());
        fact(text, "GPU memory", gib(report.memoryBytes()) + ", free " + gib(report.freeBytes()));
        List<DeviceReport.Code> run =
                report.code().stream().filter(code -> code.refusal() == null).toList();
        fact(
                text,
                "kernels",
                run.stream().mapToInt(DeviceReport.Code::kernels).sum() + " in " + run.size() + " of "
                        + report.code().size() + " files run here");
        for (DeviceReport.Code code : report.code()) {
            if (code.refusal() != null) {
                fact(text, "refused", code.file() + " (" + code.kernels() + " kernels): " + code.refusal());
            }
        }
    }

    private static String gib(long bytes) {
        return bytes == 0 ? "unknown" : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) GIB);
    }

    private static void fact(StringBuilder text, String name, Object value) {
        text.append(String.format(Locale.ROOT, "%-12s %s%n", name, value));
    }
}

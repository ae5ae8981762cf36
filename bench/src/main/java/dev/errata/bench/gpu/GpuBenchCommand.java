package dev.errata.bench.gpu;

import dev.errata.bench.gpu.GpuBenchPart.Setting;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.CudaException;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code gpu-bench}: how fast a GPU trains and writes, and each kernel beside the device's limits. */
@picocli.CommandLine.Command(
        name = "gpu-bench",
        description = {
            "Measure a GPU: its ceilings, training steps and decoding of LLaMA-2's shapes, and every kernel.",
            "",
            "Models are shapes alone, with random 4-bit weights made on the device, so nothing has to be downloaded. A step",
            "is QLoRA's: 16 rows of 512 tokens in one micro-batch, adapters of rank 64 on all linear layers, bf16.",
            "",
            "Parts are done one after another and kept in a file. With --minutes no part is begun when time is up; the same",
            "command again goes on with those that are left. --device sim runs everything at tiny sizes, where times tell",
            "nothing. cuBLAS is the yardstick of products where ERRATA_CUBLAS names its library."
        },
        footer = {
            "",
            "Examples:",
            "  errata gpu-bench",
            "  errata gpu-bench --minutes 2 --only train-7b,decode-7b --json"
        })
public final class GpuBenchCommand implements Command.StartsOver {
    @Option(names = "--minutes", paramLabel = "N", description = "begin no part after so many minutes")
    private Double minutes;

    @Option(names = "--only", paramLabel = "PART", split = ",", description = "these parts alone, as train-7b,memory")
    private List<String> only;

    @Option(
            names = "--output",
            paramLabel = "F.json",
            defaultValue = "gpu-bench.json",
            description = "where results are kept (gpu-bench.json)")
    private Path output;

    @Override
    public void run(Session session) {
        List<GpuBenchPart> wanted = wanted();
        GpuDevice device = GpuDevice.of(session.hardware().device());
        TimeLimit limit = TimeLimit.ofMinutes(minutes);
        GpuBenchResult result = begin(device);
        boolean isWhole = result.parts()
                .containsAll(wanted.stream().map(GpuBenchPart::name).toList());
        if (isWhole) {
            session.progress().say("all of it is in " + output + "; remove that file to measure anew");
        }
        try (Progress.Bar bar = session.progress().begin("gpu-bench", "parts", 0, wanted.size())) {
            Setting setting = new Setting(device, result.ceilings(), limit, bar::say);
            for (GpuBenchPart part : wanted) {
                session.stop().check();
                result = isDone(part, result) ? result : measured(part, setting, result, bar);
                bar.advance(1);
            }
        }
        session.result(result, new GpuBenchText(result).text());
        if (!result.failed().isEmpty()) {
            throw new RunFailedException(
                    result.failed().size() + " parts failed",
                    result.failed().getFirst(),
                    "run the same command again, with --only and --stacktrace");
        }
    }

    private List<GpuBenchPart> wanted() {
        if (only == null) {
            return GpuBenchPart.ALL;
        }
        List<GpuBenchPart> wanted = new ArrayList<>();
        for (GpuBenchPart part : GpuBenchPart.ALL) {
            if (only.contains(part.name())) {
                wanted.add(part);
            }
        }
        for (String name : only) {
            if (!GpuBenchPart.names().contains(name)) {
                throw new BadInputException(
                        "no part " + name, "--only", "name some of " + String.join(", ", GpuBenchPart.names()));
            }
        }
        return wanted;
    }

    /** What was measured before, if it was on this device, with the ceilings of now. */
    private GpuBenchResult begin(GpuDevice device) {
        try (CudaDriver driver = device.open();
                KernelLibrary library = new KernelLibrary(driver);
                GpuTimer timer = new GpuTimer(driver, 0, device == GpuDevice.SIM)) {
            GpuCard card = GpuCard.of(device, driver.properties());
            Optional<GpuBenchResult> before = file().read(card);
            Ceilings ceilings = Ceilings.measure(library, timer, GpuBenchPart.sizes(device));
            return before.map(result -> result.begun(ceilings)).orElseGet(() -> GpuBenchResult.none(card, ceilings));
        }
    }

    private ResultFile<GpuBenchResult> file() {
        return new ResultFile<>(output, GpuBenchResult.class, GpuBenchResult::card);
    }

    private static boolean isDone(GpuBenchPart part, GpuBenchResult result) {
        return result.parts().contains(part.name());
    }

    private GpuBenchResult measured(GpuBenchPart part, Setting setting, GpuBenchResult before, Progress.Bar bar) {
        String name = part.name();
        if (setting.limit().isOver()) {
            bar.say(name + " is skipped: time is up");
            return file().write(before.withSkipped(name));
        }
        bar.say(name);
        try {
            return file().write(before.with(name, part.measure(setting)));
        } catch (ErrataException | CudaException | IllegalArgumentException e) {
            bar.say(name + " failed: " + e.getMessage());
            return file().write(before.withFailed(name + ": " + e.getMessage()));
        }
    }
}

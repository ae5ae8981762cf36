package dev.errata.bench.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.bench.gpu.GpuBenchPart.Setting;
import dev.errata.bench.gpu.GpuBenchResult.Card;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
public final class GpuBenchCommand implements Command {
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
        if (minutes != null && !(minutes > 0)) {
            throw new BadInputException("--minutes is " + minutes, "the command line", "give a number above 0");
        }
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
            Card card = Card.of(device, driver.properties());
            GpuBenchResult before = Files.exists(output) ? read() : null;
            if (before != null && !before.card().equals(card)) {
                throw new BadInputException(
                        "the results are of another device, driver or version: "
                                + before.card().name(),
                        output.toString(),
                        "name another --output, or remove that file");
            }
            Ceilings ceilings = Ceilings.measure(library, timer, GpuBenchPart.sizes(device));
            return before == null ? GpuBenchResult.none(card, ceilings) : before.begun(ceilings);
        }
    }

    private GpuBenchResult read() {
        try {
            return Json.MAPPER.readValue(Files.readString(output), GpuBenchResult.class);
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    "no results of this version", output.toString(), "name another --output, or remove that file", e);
        } catch (IOException e) {
            throw new BadInputException("can't be read", output.toString(), "check its permissions", e);
        }
    }

    private static boolean isDone(GpuBenchPart part, GpuBenchResult result) {
        return result.parts().contains(part.name());
    }

    private GpuBenchResult measured(GpuBenchPart part, Setting setting, GpuBenchResult before, Progress.Bar bar) {
        String name = part.name();
        if (setting.limit().isOver()) {
            bar.say(name + " is skipped: time is up");
            return kept(before.withSkipped(name));
        }
        bar.say(name);
        try {
            return kept(before.with(name, part.measure(setting)));
        } catch (ErrataException e) {
            bar.say(name + " failed: " + e.getMessage());
            return kept(before.withFailed(name + ": " + e.getMessage()));
        }
    }

    private GpuBenchResult kept(GpuBenchResult result) {
        AtomicFile.write(output, Json.page(result));
        return result;
    }
}

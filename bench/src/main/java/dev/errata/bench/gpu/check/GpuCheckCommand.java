package dev.errata.bench.gpu.check;

import dev.errata.bench.gpu.GpuCard;
import dev.errata.bench.gpu.GpuDevice;
import dev.errata.bench.gpu.ResultFile;
import dev.errata.bench.gpu.TimeLimit;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.CudaException;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.train.Progress;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code gpu-check}: whether a GPU computes what the CPU does. */
@picocli.CommandLine.Command(
        name = "gpu-check",
        description = {
            "Compare a GPU with the CPU: QLoRA steps and greedy decoding of a small model that is made on the spot, then",
            "every operator at many sizes. Exit code 0 where all agrees, 1 where something doesn't.",
            "",
            "What was compared is kept in a file. With --minutes it stops when time is up; the same command again goes on.",
            "--device sim checks the simulator, at fewer sizes."
        },
        footer = {"", "Examples:", "  errata gpu-check", "  errata gpu-check --minutes 2 --json"})
public final class GpuCheckCommand implements Command.StartsOver {
    /** So often what was compared is kept. */
    private static final int KEPT_EVERY = 100;

    @Option(names = "--minutes", paramLabel = "N", description = "stop after so many minutes")
    private Double minutes;

    @Option(
            names = "--output",
            paramLabel = "F.json",
            defaultValue = "gpu-check.json",
            description = "where results are kept (gpu-check.json)")
    private Path output;

    @Override
    public void run(Session session) {
        TimeLimit limit = TimeLimit.ofMinutes(minutes);
        GpuDevice device = GpuDevice.of(session.hardware().device());
        boolean isSimulated = device == GpuDevice.SIM;
        List<OperatorCase> cases = isSimulated ? OperatorCases.tiny() : OperatorCases.all();
        List<ModelCheck> models = ModelCheck.of(isSimulated);
        ResultFile<GpuCheckResult> file = new ResultFile<>(output, GpuCheckResult.class, GpuCheckResult::card);
        GpuCard card = card(device);
        GpuCheckResult result = file.read(card).orElseGet(() -> GpuCheckResult.none(card, cases.size(), models.size()));
        if (result.isWhole()) {
            session.progress().say("all of it is in " + output + "; remove that file to check anew");
        }
        try (Progress.Bar bar = session.progress()
                .begin("gpu-check", "checks", result.cases() + result.models().size(), cases.size() + models.size())) {
            // Models take seconds, so that they come first where time is short.
            result = models(device, models, result, file, session, limit, bar);
            result = operators(device, cases, result, file, session, limit, bar);
        }
        session.result(result, new GpuCheckText(result).text());
        if (result.failed() > 0) {
            throw new RunFailedException(
                    result.failed() + " rows of the check failed",
                    card.name(),
                    "don't trust results of this device; report the rows above");
        }
    }

    private static GpuCard card(GpuDevice device) {
        try (CudaDriver driver = device.open()) {
            return GpuCard.of(device, driver.properties());
        }
    }

    private static GpuCheckResult operators(
            GpuDevice device,
            List<OperatorCase> cases,
            GpuCheckResult before,
            ResultFile<GpuCheckResult> file,
            Session session,
            TimeLimit limit,
            Progress.Bar bar) {
        GpuCheckResult result = before;
        CudaBackend backend = device.backend(device.open());
        try (CaseCheck check = new CaseCheck(backend)) {
            while (result.cases() < cases.size()
                    && !limit.isOver()
                    && !session.stop().requested()) {
                OperatorCase next = cases.get(result.cases());
                List<CheckedOperator> rows = check.run(next);
                result = result.with(rows).withKernels(backend.loadedKernels());
                if (!rows.stream().allMatch(CheckedOperator::passed)) {
                    rows.stream().filter(row -> !row.passed()).forEach(row -> bar.say("FAIL " + row.firstFailure()));
                    file.write(result);
                    requireUsable(backend, next);
                } else if (result.cases() % KEPT_EVERY == 0) {
                    file.write(result);
                }
                bar.advance(1);
            }
        }
        file.write(result);
        session.stop().check();
        return result;
    }

    /** After some faults CUDA refuses a process everything. */
    private static void requireUsable(CudaBackend backend, OperatorCase last) {
        try {
            OperatorCase any = OperatorCases.tiny().getFirst();
            any.run(backend);
        } catch (CudaException e) {
            throw new RunFailedException(
                    "the device refuses everything after a fault",
                    last.name(),
                    "run the same command again; it goes on behind this case",
                    e);
        }
    }

    private static GpuCheckResult models(
            GpuDevice device,
            List<ModelCheck> models,
            GpuCheckResult before,
            ResultFile<GpuCheckResult> file,
            Session session,
            TimeLimit limit,
            Progress.Bar bar) {
        GpuCheckResult result = before;
        int threads = session.hardware().threads() > 0
                ? session.hardware().threads()
                : Runtime.getRuntime().availableProcessors();
        while (result.models().size() < models.size() && !limit.isOver()) {
            session.stop().check();
            ModelCheck check = models.get(result.models().size());
            bar.say(check.what());
            try (CudaBackend backend = device.backend(device.open());
                    Backend cpu = Backends.choose("cpu", threads)) {
                result = file.write(result.with(check.run(backend, cpu)).withKernels(backend.loadedKernels()));
            }
            bar.advance(1);
        }
        return result;
    }
}

package dev.errata.bench.sim;

import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.LaunchReport;
import dev.errata.kernels.sim.ReportTable;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.run.Argument;
import dev.errata.kernels.sim.run.SingleKernel;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sim}: runs a kernel of a PTX file on the simulator, with all checks on. */
@picocli.CommandLine.Command(
        name = "sim",
        description = {
            "Run a kernel of a PTX file without a GPU and report what it does wrong: accesses out of bounds, misaligned or",
            "of unwritten memory, missing waits and fences, races in shared memory, divergent barriers, deadlocks, data that",
            "flow between blocks. Counts instructions by kind, sectors of global memory and bank conflicts."
        },
        footer = {
            "",
            "An argument is a number (u32:7 s32:-1 u64:9 f32:0.5 ...), a buffer (f32[1024], unwritten, or f32[1024]=0), or a",
            "tensor of a file (F.safetensors:NAME). Exit code 1 if something was found.",
            "",
            "Example:",
            "  errata sim saxpy.ptx --grid 4 --block 256 --arg f32[1000]=1 --arg f32[1000]=2 --arg f32:0.5 --arg u32:1000"
        })
public final class SimCommand implements Command {
    @Parameters(paramLabel = "KERNEL.ptx", description = "PTX of version 8.0 or before, for sm_90a or before")
    private Path ptx;

    @Option(names = "--entry", paramLabel = "NAME", description = "the kernel, where the file has several")
    private String entry;

    @Option(names = "--grid", required = true, paramLabel = "X[,Y[,Z]]", description = "blocks")
    private String grid;

    @Option(names = "--block", required = true, paramLabel = "X[,Y[,Z]]", description = "threads of a block")
    private String block;

    @Option(names = "--shared", paramLabel = "BYTES", description = "dynamic shared memory of a block")
    private int shared;

    @Option(names = "--arg", paramLabel = "SPEC", description = "one for each parameter, in order; see below")
    private List<String> specs = List.of();

    @Option(names = "--out", paramLabel = "O.safetensors", description = "every buffer afterwards, as arg.N, N from 0")
    private Path out;

    @Override
    public void run(Session session) {
        int[] blocks = Extents.parse("--grid", grid);
        int[] threads = Extents.parse("--block", block);
        Launch launch = new Launch(blocks[0], blocks[1], blocks[2], threads[0], threads[1], threads[2], shared);
        LaunchReport report;
        try (Arena arena = Arena.ofConfined();
                SingleKernel kernel = new SingleKernel(ptx.toString(), read(), entry)) {
            BufferFiles files = new BufferFiles(arena);
            List<Argument> arguments = new ArrayList<>();
            for (String spec : specs) {
                arguments.add(files.resolved(Argument.parse(spec)));
            }
            SingleKernel.Outcome outcome = kernel.run(launch, arguments);
            report = outcome.report();
            if (out != null) {
                files.write(out, outcome.buffers());
            }
        }
        session.result(SimResult.of(report), ReportTable.of(report));
        if (!report.findings().isEmpty()) {
            int count = report.findings().size();
            Finding first = report.findings().getFirst();
            throw new RunFailedException(
                    count == 1 ? "1 finding" : count + " findings",
                    "kernel " + report.kernel() + " of " + ptx,
                    "look at the first, " + first.kind() + (first.line() == 0 ? "" : " in line " + first.line()));
        }
    }

    private byte[] read() {
        try {
            return Files.readAllBytes(ptx);
        } catch (IOException e) {
            throw new BadInputException("file can't be read", ptx.toString(), "give a PTX file that is there", e);
        }
    }
}

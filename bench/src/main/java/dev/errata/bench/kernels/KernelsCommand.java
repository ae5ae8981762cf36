package dev.errata.bench.kernels;

import dev.errata.kernels.cuda.ptx.PtxManifest;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** {@code kernels}: lists the CUDA kernels that ship, or compiles a file of them anew. */
@picocli.CommandLine.Command(
        name = "kernels",
        description = {
            "List the CUDA kernels that ship with what they need, or build the PTX of one anew from its source.",
            "",
            "build compiles with NVRTC and writes the PTX and the manifest into the source tree. It needs libnvrtc.so.13",
            "and the JavaCPP CUDA presets: ./mvnw -Pnvrtc -Dmaven.test.skip=true package"
        },
        footer = {"", "Examples:", "  errata kernels list", "  errata kernels build norm"})
public final class KernelsCommand implements Command {
    /** What to do. */
    private enum Action {
        list,
        build
    }

    @Parameters(index = "0", paramLabel = "list|build", description = "what to do")
    private Action action;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "KERNEL",
            description = "a file of the list, or one of its kernels")
    private String kernel;

    @Override
    public void run(Session session) {
        switch (action) {
            case list -> {
                if (kernel != null) {
                    throw new BadInputException("list takes no kernel", kernel, "leave it out");
                }
                KernelList list = KernelList.of(PtxManifest.shipped());
                session.result(list, list.table());
            }
            case build -> {
                if (kernel == null) {
                    throw new BadInputException("build needs a kernel", "kernels build", "name one of kernels list");
                }
                KernelBuild build = new KernelBuild(
                        Path.of(System.getProperty("errata.home", ".")).resolve("kernels"), new NvrtcCompiler());
                KernelList built = KernelList.of(build.build(kernel));
                session.result(built, built.table());
            }
        }
    }
}

package dev.errata.bench.kernels;

import dev.errata.tensor.BadInputException;
import java.util.Map;

/**
 * {@link Nvrtc} where it is there. The presets are no part of what users start with, so nothing here names a class of
 * theirs: without them, or without the libraries that they load (libnvrtc.so.13, libcudart.so.13 and, though nothing of it
 * is called, libcuda.so.1), a sentence says what is missing.
 */
final class NvrtcCompiler implements KernelBuild.Compiler {
    private static final String PRESETS = "org.bytedeco.cuda.global.nvrtc";

    @Override
    public String compile(String name, String source, Map<String, String> headers, String architecture) {
        try {
            Class.forName(PRESETS, false, NvrtcCompiler.class.getClassLoader());
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            throw new BadInputException(
                    "the JavaCPP CUDA presets are not there",
                    "kernels build",
                    "get them with ./mvnw -Pnvrtc -Dmaven.test.skip=true package, or build with nvcc by ./mvnw -Pptx",
                    e);
        }
        try {
            return Nvrtc.compile(name, source, headers, architecture);
        } catch (LinkageError e) {
            throw new BadInputException(
                    "NVRTC can't be loaded",
                    "kernels build",
                    "put libnvrtc.so.13, libcudart.so.13 and libcuda.so.1 on LD_LIBRARY_PATH, or build with nvcc by"
                            + " ./mvnw -Pptx",
                    e);
        }
    }
}

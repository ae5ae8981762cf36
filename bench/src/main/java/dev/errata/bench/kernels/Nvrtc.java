package dev.errata.bench.kernels;

import dev.errata.tensor.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** NVIDIA's compiler as a library, through the JavaCPP CUDA presets. {@link NvrtcCompiler} looks whether they are there. */
final class Nvrtc {
    /** What {@code <math.h>} has, which nvcc includes by itself. */
    private static final String INFINITY = "--define-macro=INFINITY=__int_as_float(0x7f800000)";

    private static final String NAN = "--define-macro=NAN=__int_as_float(0x7fffffff)";

    /** Functions and lambdas without a mark are the device's, as there is no host. */
    private static final String DEVICE_CODE = "--device-as-default-execution-space";

    /** NVRTC has no C library; this is what our kernels use of {@code <stdint.h>}. */
    private static final String STDINT = """
            #pragma once
            typedef signed char int8_t;
            typedef short int16_t;
            typedef int int32_t;
            typedef long int64_t;
            typedef unsigned char uint8_t;
            typedef unsigned short uint16_t;
            typedef unsigned int uint32_t;
            typedef unsigned long uint64_t;
            typedef unsigned long uintptr_t;
            """;

    private Nvrtc() {}

    /** As {@link KernelBuild.Compiler} says; LinkageErrors where a library is missing. */
    static String compile(String name, String source, Map<String, String> headers, String architecture) {
        Loader.load(nvrtc.class);
        List<BytePointer> names = new ArrayList<>();
        List<BytePointer> texts = new ArrayList<>();
        headers.forEach((header, text) -> {
            names.add(text(header));
            texts.add(text(text));
        });
        names.add(text("stdint.h"));
        texts.add(text(STDINT));
        // What build-ptx gives nvcc; optimization is on by itself.
        List<BytePointer> options = List.of(
                text("--gpu-architecture=" + architecture),
                text("--std=c++17"),
                text(DEVICE_CODE),
                text(INFINITY),
                text(NAN));
        try (_nvrtcProgram program = new _nvrtcProgram();
                BytePointer code = text(source);
                BytePointer file = text(name);
                PointerPointer<BytePointer> includes = array(names);
                PointerPointer<BytePointer> contents = array(texts);
                PointerPointer<BytePointer> flags = array(options)) {
            check(nvrtc.nvrtcCreateProgram(program, code, file, names.size(), contents, includes), name, "");
            try {
                int result = nvrtc.nvrtcCompileProgram(program, options.size(), flags);
                check(result, name, log(program));
                return ptx(program, name);
            } finally {
                nvrtc.nvrtcDestroyProgram(program);
            }
        } finally {
            names.forEach(BytePointer::close);
            texts.forEach(BytePointer::close);
            options.forEach(BytePointer::close);
        }
    }

    private static String ptx(_nvrtcProgram program, String name) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            check(nvrtc.nvrtcGetPTXSize(program, size), name, "");
            byte[] text = new byte[Math.toIntExact(size.get())];
            check(nvrtc.nvrtcGetPTX(program, text), name, "");
            return string(text);
        }
    }

    private static String log(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            if (nvrtc.nvrtcGetProgramLogSize(program, size) != nvrtc.NVRTC_SUCCESS) {
                return "";
            }
            byte[] text = new byte[Math.toIntExact(size.get())];
            return nvrtc.nvrtcGetProgramLog(program, text) == nvrtc.NVRTC_SUCCESS ? string(text) : "";
        }
    }

    private static void check(int result, String name, String log) {
        if (result != nvrtc.NVRTC_SUCCESS) {
            String first = log.lines()
                    .filter(line -> line.contains("error"))
                    .findFirst()
                    .orElse(nvrtc.nvrtcGetErrorString(result).getString());
            throw new BadInputException("NVRTC can't compile: " + first.strip(), name, "mend the source");
        }
    }

    /** Ends with 0, as C wants it. */
    private static BytePointer text(String text) {
        return new BytePointer(text, StandardCharsets.UTF_8);
    }

    private static PointerPointer<BytePointer> array(List<BytePointer> pointers) {
        return new PointerPointer<>(pointers.toArray(BytePointer[]::new));
    }

    private static String string(byte[] text) {
        return new String(text, StandardCharsets.UTF_8).replace("\0", "");
    }
}

package dev.errata.kernels.cuda.ptx;

import dev.errata.kernels.cuda.JCudaLibraries;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/**
 * NVIDIA's own PTX assembler inside the JVM: JCuda's natives hold the one of CUDA 12.0, which needs neither a driver nor a
 * toolkit. It takes PTX up to ISA 8.0.
 */
public final class PtxAssembler {
    // "ptxas info    : Compiling entry function 'f' for 'sm_80'" … "0 bytes stack frame, 0 bytes spill stores, 0 bytes
    // spill loads"
    // … "ptxas info    : Used 14 registers, 16 bytes smem, 368 bytes cmem[0]"
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '([^']+)'");
    private static final Pattern FRAME =
            Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers(?:.*?, (\\d+) bytes smem)?");

    private PtxAssembler() {}

    /**
     * What an assembled kernel needs.
     *
     * @param registers of a thread
     * @param shared bytes that a block declares
     * @param stack bytes of a thread's local memory
     * @param spills bytes stored to it and loaded from it for want of registers
     */
    public record Needs(String entry, int registers, int shared, int stack, int spills) {}

    /**
     * @param cubin machine code that a driver of this architecture loads
     */
    public record Assembled(List<Needs> entries, byte[] cubin) {}

    /** The PTX is wrong, or the assembler doesn't know it or the architecture. */
    public static final class AssemblyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        AssemblyException(String message) {
            super(message);
        }
    }

    /**
     * @param architecture as {@code sm_80}
     * @throws AssemblyException with the assembler's own words
     */
    public static synchronized Assembled assemble(byte[] ptx, String architecture) {
        JCudaLibraries.load(() -> JNvPTXCompiler.setExceptionsEnabled(false));
        nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
        byte[] text = java.util.Arrays.copyOf(ptx, ptx.length + 1);
        int created = JNvPTXCompiler.nvPTXCompilerCreate(handle, ptx.length, text);
        if (created != 0) {
            throw new AssemblyException("the PTX assembler can't start, code " + created);
        }
        try {
            String[] options = {"--gpu-name=" + architecture, "--verbose"};
            int result = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
            if (result != 0) {
                throw new AssemblyException("for " + architecture + ": " + errors(handle));
            }
            long[] size = new long[1];
            JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(handle, size);
            byte[] cubin = new byte[Math.toIntExact(size[0])];
            JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(handle, cubin);
            return new Assembled(needs(information(handle)), cubin);
        } finally {
            JNvPTXCompiler.nvPTXCompilerDestroy(handle);
        }
    }

    private static List<Needs> needs(String log) {
        List<Needs> entries = new ArrayList<>();
        String entry = null;
        int stack = 0;
        int spills = 0;
        for (String line : log.lines().toList()) {
            Matcher named = ENTRY.matcher(line);
            Matcher frame = FRAME.matcher(line);
            Matcher used = USED.matcher(line);
            if (named.find()) {
                entry = named.group(1);
            } else if (frame.find()) {
                stack = Integer.parseInt(frame.group(1));
                spills = Integer.parseInt(frame.group(2)) + Integer.parseInt(frame.group(3));
            } else if (entry != null && used.find()) {
                int shared = used.group(2) == null ? 0 : Integer.parseInt(used.group(2));
                entries.add(new Needs(entry, Integer.parseInt(used.group(1)), shared, stack, spills));
                entry = null;
            }
        }
        return entries;
    }

    private static String errors(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
        byte[] log = new byte[Math.toIntExact(size[0]) + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
        return text(log);
    }

    private static String information(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
        byte[] log = new byte[Math.toIntExact(size[0]) + 1];
        JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log);
        return text(log);
    }

    private static String text(byte[] log) {
        return new String(log, StandardCharsets.UTF_8).replace("\0", "").strip();
    }
}

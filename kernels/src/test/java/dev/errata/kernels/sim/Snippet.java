package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.KernelArguments;
import dev.errata.kernels.cuda.Launch;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A few instructions in a kernel of their own. Each thread has inputs %a, %b, %c and %e, of types that the test names, and
 * leaves its result in %x; registers %t0 to %t7 (32 bits), %u0 to %u7 (64 bits), %h0 to %h7 (16 bits) and predicates %p, %q
 * are free.
 */
record Snippet(String resultType, String inputTypes, String body) {
    private static final String[] NAMES = {"a", "b", "c", "e"};

    private static int bits(String type) {
        return Integer.parseInt(type.replaceAll("x2", "").replaceAll("\\D", "")) * (type.endsWith("x2") ? 2 : 1);
    }

    private static int register(String type) {
        return type.startsWith("b") && !type.startsWith("bf") ? bits(type) : Math.max(16, bits(type));
    }

    String ptx() {
        StringBuilder s = new StringBuilder(".version 8.0\n.target sm_90\n.address_size 64\n");
        s.append(".visible .entry snippet(.param .u64 in, .param .u64 out)\n{\n");
        s.append(
                ".reg .pred %p, %q;\n.reg .b32 %t<8>;\n.reg .b64 %u<8>;\n.reg .b16 %h<8>;\n.reg .b64 %at, %to;\n.reg .b32 %tid;\n");
        s.append(".reg .b").append(register(resultType)).append(" %x;\n");
        s.append("ld.param.u64 %at, [in];\nld.param.u64 %to, [out];\n");
        s.append("mov.u32 %tid, %tid.x;\nmad.wide.u32 %at, %tid, 32, %at;\nmad.wide.u32 %to, %tid, 8, %to;\n");
        String[] types = inputTypes.split(" ");
        for (int i = 0; i < types.length; i++) {
            int width = register(types[i]);
            s.append(".reg .b").append(width).append(" %").append(NAMES[i]).append(";\n");
            s.append("ld.global.b").append(width).append(" %").append(NAMES[i]);
            s.append(", [%at+").append(8 * i).append("];\n");
        }
        s.append(body).append("\nst.global.b").append(register(resultType)).append(" [%to], %x;\nret;\n}\n");
        return s.toString();
    }

    /**
     * @param inputs four for each thread
     * @return a result for each thread, zeros above its width
     */
    long[] run(long[] inputs) {
        return run(ptx(), inputs);
    }

    /** As a snippet's own PTX. */
    static long[] run(String ptx, long[] inputs) {
        int threads = inputs.length / 4;
        try (SimDriver driver = new SimDriver()) {
            long module = driver.load("snippet", ptx.getBytes(StandardCharsets.US_ASCII));
            long in = driver.allocate(8L * inputs.length);
            long out = driver.allocate(8L * threads);
            driver.upload(MemorySegment.ofArray(inputs), in, 0);
            driver.fill(out, (byte) 0, 8L * threads, 0);
            driver.launch(
                    driver.function(module, "snippet"),
                    Launch.of(1, threads),
                    new KernelArguments().address(in).address(out),
                    0);
            long[] results = new long[threads];
            driver.download(out, MemorySegment.ofArray(results), 0);
            return results;
        }
    }
}

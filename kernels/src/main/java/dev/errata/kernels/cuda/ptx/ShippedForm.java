package dev.errata.kernels.cuda.ptx;

import java.util.stream.Collectors;

/**
 * What becomes of a compiler's PTX before it ships, as {@code build-ptx} does it too: the compilers of CUDA 13 write {@code
 * .version 9.x}, which older drivers refuse, though our kernels use nothing of it; comments at the start of a line and hints
 * that older versions don't know are left out.
 */
public final class ShippedForm {
    private static final String VERSION = ".version ";
    private static final String UNKNOWN_HINT = ".pragma \"used_bytes_mask";

    private ShippedForm() {}

    /**
     * @param target sm_80 code asks for PTX ISA 7.4 (drivers of CUDA 11.4 on), sm_90a code for 8.0 (12.0 on)
     */
    public static String of(String ptx, String target) {
        String version = VERSION + (target.equals("sm_90a") ? "8.0" : "7.4");
        return ptx.lines()
                .filter(line -> !line.startsWith("//") && !line.contains(UNKNOWN_HINT))
                .map(line -> line.startsWith(VERSION) ? version : line)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}

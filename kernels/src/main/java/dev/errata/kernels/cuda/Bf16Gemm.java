package dev.errata.kernels.cuda;

/**
 * Products of bf16 matrices by the device's fastest kernels. The kernel is chosen by the step's kind, device, form and
 * alignment and by the sizes that aren't the number of tokens, since kernels may round differently: so a token's result
 * doesn't depend on how many others are beside it.
 */
public final class Bf16Gemm {
    /** The kernels, the first one that fits is taken. */
    public enum Kernels {
        /** Rows of a decoding step by a weight [n, k]: {@code gemm_bf16_few_rows.cu}. */
        FEW_ROWS("decoding, x · Wᵀ"),
        /** One side a small rank, the other read once: {@code gemm_lora.sm_90a.cu}. */
        WGMMA_LOW_RANK("Hopper, N at most 256, or M where it isn't tokens; factors at multiples of 16 bytes"),
        /** The same on other devices: {@code gemm_lora.cu}. */
        LOW_RANK("N at most 256, or M where it isn't tokens; rows of whole 16 bytes"),
        /** {@code gemm_wgmma.sm_90a.cu}. */
        WGMMA("Hopper, factors at multiples of 16 bytes, N even"),
        /** {@code gemm_bf16.cu}, also for what isn't aligned. */
        MMA("all others");

        private final String when;

        Kernels(String when) {
            this.when = when;
        }

        /** For which products. */
        public String when() {
            return when;
        }
    }

    private final DevicePool pool;
    private final MmaGemm mma;
    private final WgmmaGemm wgmma;
    private final WgmmaLoraGemm wgmmaLora;
    private final LoraGemm lora;
    private final FewRowsGemm fewRows;

    Bf16Gemm(KernelLibrary library, DevicePool pool) {
        this.pool = pool;
        mma = new MmaGemm(library);
        wgmma = new WgmmaGemm(library);
        wgmmaLora = new WgmmaLoraGemm(library);
        lora = new LoraGemm(library);
        fewRows = new FewRowsGemm(library);
    }

    Kernels choose(StepKind step, Gemm g) {
        if (step == StepKind.DECODING && g.form() == Gemm.Form.NT) {
            return Kernels.FEW_ROWS;
        }
        if (wgmmaLora.supports(g)) {
            return Kernels.WGMMA_LOW_RANK;
        }
        if (lora.supports(g)) {
            return Kernels.LOW_RANK;
        }
        return wgmma.supports(g) ? Kernels.WGMMA : Kernels.MMA;
    }

    void launch(StepKind step, Gemm g, long stream) {
        if (g.m() == 0 || g.n() == 0) {
            return;
        }
        switch (choose(step, g)) {
            case FEW_ROWS -> fewRows.launch(g, stream);
            case WGMMA_LOW_RANK -> wgmmaLora.launch(g, stream);
            case LOW_RANK -> lowRank(g, stream);
            case WGMMA -> wgmma.launch(g, stream);
            case MMA -> mma.launch(g, stream);
        }
    }

    /** Whether {@link #launchFolded} takes a product on this device: see {@link WgmmaLoraGemm#supportsFolded}. */
    boolean folds(StepKind step, Gemm g, boolean alongM) {
        return choose(step, g) == Kernels.WGMMA_LOW_RANK && wgmmaLora.supportsFolded(g, alongM);
    }

    /** Three pieces along the rank into one result: see {@link WgmmaLoraGemm#launchFolded}. */
    void launchFolded(Gemm g, boolean alongM, int ranks, long stream) {
        wgmmaLora.launchFolded(g, alongM, ranks, stream);
    }

    /** Whether {@link #launchDropped} takes the product on this device. */
    boolean supportsDropped(Gemm g) {
        return wgmma.supportsDropped(g);
    }

    /** c = dropout of alpha · a · b, + beta · c. */
    void launchDropped(Gemm g, DropoutMask mask, long stream) {
        wgmma.launchDropped(g, mask, stream);
    }

    private void lowRank(Gemm g, long stream) {
        long bytes = lora.workspaceBytes(g);
        if (bytes == 0) {
            lora.launch(g, 0, stream);
            return;
        }
        DeviceMemory partials = pool.allocate(bytes);
        try {
            lora.launch(g, partials.address(), stream);
        } finally {
            pool.free(partials);
        }
    }
}

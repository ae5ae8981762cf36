package dev.errata.kernels.cuda;

/**
 * Products of bf16 matrices for training and prompt reading, by the device's fastest kernels. The family is chosen by
 * device, form, alignment and by what isn't the number of tokens, since families may round differently: so a token's
 * result doesn't depend on how many others are beside it. Decoding has {@link FewRowsGemm}.
 */
public final class Bf16Gemm {
    private final MmaGemm mma;
    private final WgmmaGemm wgmma;

    public Bf16Gemm(KernelLibrary library) {
        mma = new MmaGemm(library);
        wgmma = new WgmmaGemm(library);
    }

    public void launch(Gemm g, long stream) {
        if (wgmma.supports(g)) {
            wgmma.launch(g, stream);
        } else {
            mma.launch(g, stream);
        }
    }
}

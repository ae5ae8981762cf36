package dev.errata.kernels.cuda;

/** The factors of one AdamW step, computed in double and rounded to f32 once, as the reference backend has them. */
public record AdamWFactors(
        float decay, float beta1, float beta2, float rest1, float rest2, float rate, float root, float eps) {
    /**
     * @param step t, from 1
     */
    public static AdamWFactors of(double lr, double beta1, double beta2, double eps, double weightDecay, int step) {
        return new AdamWFactors(
                (float) (1 - lr * weightDecay),
                (float) beta1,
                (float) beta2,
                (float) (1 - beta1),
                (float) (1 - beta2),
                (float) (lr / (1 - StrictMath.pow(beta1, step))),
                (float) StrictMath.sqrt(1 - StrictMath.pow(beta2, step)),
                (float) eps);
    }

    public KernelArguments addTo(KernelArguments arguments, boolean negativeRate) {
        return arguments
                .f32(decay)
                .f32(beta1)
                .f32(beta2)
                .f32(rest1)
                .f32(rest2)
                .f32(negativeRate ? -rate : rate)
                .f32(root)
                .f32(eps);
    }
}

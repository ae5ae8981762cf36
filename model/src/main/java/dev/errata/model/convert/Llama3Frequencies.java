package dev.errata.model.convert;

import dev.errata.model.config.RopeConfig.Scaling;
import java.util.Optional;

/**
 * LLaMA 3's rope scaling as a GGUF file holds it: {@code rope_freqs.weight}, a divisor for each frequency. The sums are
 * those of llama.cpp's converter, in f32.
 */
final class Llama3Frequencies {
    /** Relative deviation of divisors that are still taken for the same scaling. */
    private static final float TOLERANCE = 1e-5f;

    private Llama3Frequencies() {}

    /** The divisors, [headDim / 2]. */
    static float[] divisors(Scaling.Llama3 scaling, double theta, int headDim) {
        float[] divisors = new float[headDim / 2];
        float original = scaling.originalMaxPositionEmbeddings();
        float low = (float) scaling.lowFreqFactor();
        float factor = (float) scaling.factor();
        for (int i = 0; i < divisors.length; i++) {
            float frequency = 1f / (float) StrictMath.pow(theta, (float) (2 * i) / headDim);
            float wavelength = (float) (2 * Math.PI) / frequency;
            if (wavelength < original / scaling.highFreqFactor()) {
                divisors[i] = 1;
            } else if (wavelength > original / scaling.lowFreqFactor()) {
                divisors[i] = factor;
            } else {
                float smooth = (original / wavelength - low) / (float) (scaling.highFreqFactor() - low);
                divisors[i] = 1 / ((1 - smooth) / factor + smooth);
            }
        }
        return divisors;
    }

    /** {@code guess} with the factor that the divisors tell, if that gives these divisors. */
    static Optional<Scaling.Llama3> of(float[] divisors, Scaling.Llama3 guess, double theta) {
        float factor = 1;
        for (float divisor : divisors) {
            factor = Math.max(factor, divisor);
        }
        Scaling.Llama3 scaling = new Scaling.Llama3(
                Double.parseDouble(Float.toString(factor)),
                guess.lowFreqFactor(),
                guess.highFreqFactor(),
                guess.originalMaxPositionEmbeddings());
        float[] back = divisors(scaling, theta, 2 * divisors.length);
        for (int i = 0; i < back.length; i++) {
            if (!(Math.abs(back[i] - divisors[i]) <= TOLERANCE * divisors[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(scaling);
    }
}

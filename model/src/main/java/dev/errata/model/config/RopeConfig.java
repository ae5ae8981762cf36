package dev.errata.model.config;

/**
 * How positions turn into angles.
 *
 * @param theta the base of the frequencies
 * @param scaling what stretches them to longer contexts
 */
public record RopeConfig(double theta, Scaling scaling) {
    /** Kinds of frequency scaling, as transformers names them. */
    public sealed interface Scaling {
        /** Frequencies as they are. */
        record Default() implements Scaling {}

        /** All frequencies divided by the factor. */
        record Linear(double factor) implements Scaling {}

        /** LLaMA 3: long wavelengths divided by the factor, short ones kept, a linear blend between. */
        record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings)
                implements Scaling {}

        /** Each frequency divided by its own factor, as a GGUF file's {@code rope_freqs} gives them: [D/2]. */
        record PerFrequency(float[] factors) implements Scaling {}
    }

    /** The angle of one position for each pair, [headDim / 2], computed in f32 as transformers does. */
    public float[] inverseFrequencies(int headDim) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float plain = 1f / (float) StrictMath.pow(theta, (float) (2 * i) / headDim);
            frequencies[i] = switch (scaling) {
                case Scaling.Default() -> plain;
                case Scaling.Linear(double factor) -> (float) (plain / factor);
                case Scaling.Llama3 llama3 -> blended(plain, llama3);
                case Scaling.PerFrequency(float[] factors) -> plain / factors[i];
            };
        }
        return frequencies;
    }

    private static float blended(float frequency, Scaling.Llama3 scaling) {
        double wavelength = 2 * Math.PI / frequency;
        double original = scaling.originalMaxPositionEmbeddings();
        if (wavelength > original / scaling.lowFreqFactor()) {
            return (float) (frequency / scaling.factor());
        }
        if (wavelength < original / scaling.highFreqFactor()) {
            return frequency;
        }
        double smooth = (original / wavelength - scaling.lowFreqFactor())
                / (scaling.highFreqFactor() - scaling.lowFreqFactor());
        return (float) ((1 - smooth) * frequency / scaling.factor() + smooth * frequency);
    }
}

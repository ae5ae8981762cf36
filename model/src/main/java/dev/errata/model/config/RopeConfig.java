package dev.errata.model.config;

/**
 * How positions turn into angles.
 *
 * @param theta the base of the frequencies
 * @param part of each head that is turned, from its front; 1 for all of it
 * @param scaling what stretches them to longer contexts
 */
public record RopeConfig(double theta, double part, Scaling scaling) {
    /** Whole heads are turned. */
    public RopeConfig(double theta, Scaling scaling) {
        this(theta, 1, scaling);
    }

    /** Kinds of frequency scaling, as transformers names them. */
    public sealed interface Scaling {
        /** Frequencies as they are. */
        record Default() implements Scaling {}

        /** All frequencies divided by the factor. */
        record Linear(double factor) implements Scaling {}

        /** NTK-aware: beyond the trained length the base grows with the sequence's length. */
        record Dynamic(double factor, int maxPositionEmbeddings) implements Scaling {}

        /**
         * YaRN (arXiv 2309.00071): frequencies that turn more than {@code betaFast} times within the trained length are
         * kept, those below {@code betaSlow} turns divided by the factor, a linear blend by index between.
         *
         * @param attentionFactor multiplies cosines and sines
         * @param truncate whether the ends of the blend are rounded outward to whole indices
         */
        record Yarn(
                double factor,
                double attentionFactor,
                double betaFast,
                double betaSlow,
                int originalMaxPositionEmbeddings,
                boolean truncate)
                implements Scaling {
            /** The paper's attention factor for a stretch by {@code factor}, weighted by {@code mscale}. */
            public static double attentionFactor(double factor, double mscale) {
                return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
            }
        }

        /**
         * LongRoPE (arXiv 2402.13753): a divisor for each frequency, of one set up to the trained length and of another
         * beyond it.
         *
         * @param attentionFactor multiplies cosines and sines
         */
        record LongRope(
                float[] shortFactors, float[] longFactors, double attentionFactor, int originalMaxPositionEmbeddings)
                implements Scaling {
            /** The paper's attention factor for a stretch of {@code original} positions by {@code factor}. */
            public static double attentionFactor(double factor, int original) {
                return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
            }
        }

        /** LLaMA 3: long wavelengths divided by the factor, short ones kept, a linear blend between. */
        record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings)
                implements Scaling {}

        /** Each frequency divided by its own factor, as a GGUF file's {@code rope_freqs} gives them: [D/2]. */
        record PerFrequency(float[] factors) implements Scaling {}
    }

    /** Elements of a head that are turned, an even number for all that {@link HuggingFaceConfig} reads. */
    public int turned(int headDim) {
        return (int) (headDim * part);
    }

    /** The longest sequence whose frequencies are those of a short one; longer ones may have their own. */
    public int commonLength() {
        return switch (scaling) {
            case Scaling.Dynamic dynamic -> dynamic.maxPositionEmbeddings();
            case Scaling.LongRope longRope -> longRope.originalMaxPositionEmbeddings();
            case Scaling.Default _, Scaling.Linear _, Scaling.Yarn _, Scaling.Llama3 _, Scaling.PerFrequency _ ->
                Integer.MAX_VALUE;
        };
    }

    /** What cosines and sines are multiplied by. */
    public float attentionFactor() {
        return switch (scaling) {
            case Scaling.Yarn yarn -> (float) yarn.attentionFactor();
            case Scaling.LongRope longRope -> (float) longRope.attentionFactor();
            case Scaling.Default _, Scaling.Linear _, Scaling.Dynamic _, Scaling.Llama3 _, Scaling.PerFrequency _ -> 1;
        };
    }

    /** The angle of one position for each turned pair in sequences up to {@link #commonLength}, [turned / 2]. */
    public float[] inverseFrequencies(int headDim) {
        return inverseFrequencies(headDim, 1);
    }

    /**
     * The angle of one position for each turned pair, [turned / 2], computed in f32 as transformers does.
     *
     * @param length positions that the sequence spans
     */
    public float[] inverseFrequencies(int headDim, int length) {
        int turned = turned(headDim);
        double base = base(turned, length);
        float[] frequencies = new float[turned / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float power = (float) StrictMath.pow(base, (float) (2 * i) / turned);
            float plain = 1f / power;
            frequencies[i] = switch (scaling) {
                case Scaling.Default _, Scaling.Dynamic _ -> plain;
                case Scaling.Linear(double factor) -> (float) (plain / factor);
                case Scaling.Yarn yarn -> yarnFrequency(power, i, turned, yarn);
                case Scaling.LongRope longRope ->
                    1f
                            / (power
                                    * (length > longRope.originalMaxPositionEmbeddings()
                                                    ? longRope.longFactors()
                                                    : longRope.shortFactors())
                                            [i]);
                case Scaling.Llama3 llama3 -> blended(plain, llama3);
                case Scaling.PerFrequency(float[] factors) -> plain / factors[i];
            };
        }
        return frequencies;
    }

    private double base(int turned, int length) {
        if (!(scaling instanceof Scaling.Dynamic dynamic) || length <= dynamic.maxPositionEmbeddings()) {
            return theta;
        }
        double stretch = dynamic.factor() * length / dynamic.maxPositionEmbeddings() - (dynamic.factor() - 1);
        return (float) (theta * StrictMath.pow(stretch, turned / (turned - 2.0)));
    }

    private float yarnFrequency(float power, int i, int turned, Scaling.Yarn yarn) {
        double first = correctionIndex(yarn.betaFast(), turned, yarn);
        double last = correctionIndex(yarn.betaSlow(), turned, yarn);
        if (yarn.truncate()) {
            first = Math.floor(first);
            last = Math.ceil(last);
        }
        first = Math.max(first, 0);
        last = Math.min(last, turned - 1);
        if (first == last) {
            last += 0.001; // as transformers does, so that the slope is finite
        }
        float slope = Math.clamp((float) ((i - first) / (last - first)), 0f, 1f);
        float kept = 1 - slope;
        float divided = 1f / (float) (yarn.factor() * power);
        return divided * (1 - kept) + 1f / power * kept;
    }

    /** The (fractional) index of the frequency that turns so often within the trained length. */
    private double correctionIndex(double turns, int turned, Scaling.Yarn yarn) {
        return turned * Math.log(yarn.originalMaxPositionEmbeddings() / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
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

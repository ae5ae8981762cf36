package dev.errata.pipeline.serve;

/** Log-probabilities as JSON can say them. */
final class LogProbability {
    /** What OpenAI's API gives a token that is as good as impossible; JSON has no infinity. */
    private static final double LEAST = -9999;

    private LogProbability() {}

    static double shown(double logProbability) {
        return Math.max(LEAST, logProbability);
    }
}

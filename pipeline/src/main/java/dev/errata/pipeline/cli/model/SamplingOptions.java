package dev.errata.pipeline.cli.model;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.sampling.SamplerSettings;
import picocli.CommandLine.Option;

/** How the next token is chosen. Commands may take another temperature than 1 where none is given. */
public final class SamplingOptions {
    @Option(names = "--greedy", description = "the likeliest token each time")
    private boolean greedy;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description =
                    "divides the logits; 0: the likeliest token each time (1; eval: 0, or 0.7 for several samples)")
    private Double temperature;

    @Option(names = "--top-k", paramLabel = "K", defaultValue = "0", description = "the k likeliest tokens alone")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "1", description = "the likeliest tokens that reach p")
    private double topP;

    @Option(names = "--min-p", paramLabel = "P", defaultValue = "0", description = "no token below p of the likeliest")
    private double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "above 1 makes tokens seen before less likely")
    private double repetitionPenalty;

    /**
     * What they say, at temperature 1 where they don't.
     *
     * @throws BadInputException if a value is out of range; it names the option
     */
    public SamplerSettings settings() {
        return settings(1);
    }

    /** The same with another temperature where none is given. */
    public SamplerSettings settings(double usualTemperature) {
        double heat = greedy ? 0 : temperature == null ? usualTemperature : temperature;
        require(heat >= 0 && Double.isFinite(heat), "--temperature", "give 0 or more");
        require(!greedy || temperature == null || temperature == 0, "--temperature", "leave it out, or --greedy");
        require(topK >= 0, "--top-k", "give 0 or more");
        require(topP > 0 && topP <= 1, "--top-p", "give a number above 0 and up to 1");
        require(minP >= 0 && minP <= 1, "--min-p", "give a number from 0 to 1");
        require(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "--repetition-penalty",
                "give a number above 0");
        return new SamplerSettings(heat, topK, topP, minP, 1, repetitionPenalty, 0);
    }

    /**
     * @throws BadInputException unless an option's value is right
     */
    public static void require(boolean right, String option, String remedy) {
        if (!right) {
            throw new BadInputException("value out of range", option, remedy);
        }
    }
}

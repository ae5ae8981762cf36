package dev.errata.train.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A training step, for Java Flight Recorder. */
@Name("dev.errata.Step")
@Label("Training Step")
@Category("Errata")
@StackTrace(false)
public final class StepEvent extends Event {
    @Label("Step")
    public int step;

    @Label("Tokens")
    public long tokens;

    @Label("Loss")
    @Description("Mean over the target tokens, in nats")
    public double loss;

    @Label("Gradient Norm")
    @Description("Before clipping")
    public double gradNorm;
}

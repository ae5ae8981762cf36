package dev.errata.pipeline.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An operator that was given to a backend, for Java Flight Recorder. */
@Name("dev.errata.Operator")
@Label("Operator")
@Category("Errata")
@Description("Where the backend is asynchronous it ends when the operator is given, not when it is done")
@StackTrace(false)
final class OperatorEvent extends Event {
    @Label("Operator")
    String operator;

    @Label("Output")
    String output;
}

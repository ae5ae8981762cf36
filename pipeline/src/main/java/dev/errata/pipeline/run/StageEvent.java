package dev.errata.pipeline.run;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A stage of the loop, for Java Flight Recorder. */
@Name("dev.errata.Stage")
@Label("Stage")
@Category("Errata")
@StackTrace(false)
final class StageEvent extends Event {
    @Label("Stage")
    String stage;
}

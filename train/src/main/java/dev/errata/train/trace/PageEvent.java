package dev.errata.train.trace;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A page of optimizer state on its way between file and memory, for Java Flight Recorder. */
@Name("dev.errata.Page")
@Label("Optimizer Page")
@Category("Errata")
@StackTrace(false)
public final class PageEvent extends Event {
    @Label("Page")
    public int page;

    @Label("Written")
    public boolean written;
}

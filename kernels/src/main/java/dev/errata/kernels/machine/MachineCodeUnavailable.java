package dev.errata.kernels.machine;

/** Machine code can't be used here; the message says why, in words that go behind a colon. */
public final class MachineCodeUnavailable extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean isRefusal;

    public MachineCodeUnavailable(String why) {
        this(why, false);
    }

    /**
     * @param isRefusal whether the system refused what the processor could do
     */
    MachineCodeUnavailable(String why, boolean isRefusal) {
        super(why);
        this.isRefusal = isRefusal;
    }

    /** Whether the system refused what the processor could do. */
    public boolean isRefusal() {
        return isRefusal;
    }
}

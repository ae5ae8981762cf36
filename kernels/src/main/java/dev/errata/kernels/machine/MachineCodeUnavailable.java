package dev.errata.kernels.machine;

/** Machine code can't be used here; the message says why, in words that go behind a colon. */
public final class MachineCodeUnavailable extends Exception {
    private static final long serialVersionUID = 1;

    public MachineCodeUnavailable(String why) {
        super(why);
    }
}

package dev.errata.kernels.sim.ptx;

/** PTX that can't be read, or an instruction that the simulator doesn't know. */
public final class PtxException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int line;
    private final String problem;

    /**
     * @param line of the PTX file, from 1
     * @param problem with the words of the file that it is about
     */
    public PtxException(int line, String problem) {
        super("line " + line + ": " + problem);
        this.line = line;
        this.problem = problem;
    }

    /** The instruction is well-formed but not among those that the simulator executes. */
    public static PtxException unknown(Instruction in) {
        return new PtxException(in.line(), "unknown instruction: " + in.text());
    }

    public int line() {
        return line;
    }

    /** What is wrong, without the line. */
    public String problem() {
        return problem;
    }
}

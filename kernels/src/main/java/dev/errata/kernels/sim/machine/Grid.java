package dev.errata.kernels.sim.machine;

import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.check.BlockFlow;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.Findings;

/** One launch: its blocks run one after another, so that results and findings are the same every time. */
public final class Grid {
    private final Program program;
    private final Launch launch;
    private final byte[] arguments;
    private final GlobalSpace global;
    private final Findings findings = new Findings();
    private final Counters counters;
    private final long mostInstructions;

    /**
     * @param arguments the kernel's parameter space
     * @param mostInstructions of a block's warps together, after which it counts as stuck
     */
    public Grid(
            Program program,
            Launch launch,
            byte[] arguments,
            GlobalMemory memory,
            BlockFlow flow,
            long mostInstructions) {
        this.program = program;
        this.launch = launch;
        this.arguments = arguments;
        this.mostInstructions = mostInstructions;
        global = new GlobalSpace(memory, flow, program.globalGranule());
        counters = new Counters(program.steps().length);
    }

    /** Runs all blocks; see {@link #findings} for whether it went well. */
    public void run() {
        global.flow().beginLaunch();
        Block block = new Block(this);
        long blocks = launch.blocks();
        for (int b = 0; b < blocks; b++) {
            block.restart(b);
            block.run();
        }
    }

    public Findings findings() {
        return findings;
    }

    public Counters counters() {
        return counters;
    }

    Program program() {
        return program;
    }

    Launch launch() {
        return launch;
    }

    byte[] arguments() {
        return arguments;
    }

    GlobalSpace global() {
        return global;
    }

    long mostInstructions() {
        return mostInstructions;
    }

    Finding.Index index(int block) {
        int x = launch.gridX();
        int y = launch.gridY();
        return new Finding.Index(block % x, block / x % y, block / x / y);
    }
}

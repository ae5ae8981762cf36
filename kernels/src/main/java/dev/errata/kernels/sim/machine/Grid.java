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
    private final GlobalMemory memory;
    private final BlockFlow flow;
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
        this.memory = memory;
        this.flow = flow;
        counters = new Counters(program.steps().length);
    }

    /** Runs all blocks; see {@link #findings} for whether it went well. */
    public void run() {
        flow.beginLaunch();
        Cluster cluster = new Cluster(this);
        int[] extents = program.cluster();
        for (int z = 0; z < launch.gridZ(); z += extents[2]) {
            for (int y = 0; y < launch.gridY(); y += extents[1]) {
                for (int x = 0; x < launch.gridX(); x += extents[0]) {
                    cluster.restart(numbers(x, y, z, cluster.size()));
                    cluster.run();
                }
            }
        }
    }

    /** The blocks of the cluster whose first block is this one, by rank. */
    private int[] numbers(int x, int y, int z, int size) {
        int[] extents = program.cluster();
        int[] numbers = new int[size];
        for (int rank = 0; rank < size; rank++) {
            int cx = x + rank % extents[0];
            int cy = y + rank / extents[0] % extents[1];
            int cz = z + rank / extents[0] / extents[1];
            numbers[rank] = cx + launch.gridX() * (cy + launch.gridY() * cz);
        }
        return numbers;
    }

    GlobalSpace globalFor(int block) {
        return new GlobalSpace(memory, flow.visitor(block), program.globalGranule());
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

    long mostInstructions() {
        return mostInstructions;
    }

    Finding.Index index(int block) {
        int x = launch.gridX();
        int y = launch.gridY();
        return new Finding.Index(block % x, block / x % y, block / x / y);
    }
}

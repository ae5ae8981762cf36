package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.FindingKind;

/**
 * 32 lanes. Lanes that are at the same instruction run together; of several groups the one that is furthest behind
 * goes first, so that those that took the two ways of a branch meet again behind it.
 */
public final class Warp {
    private enum Group {
        /** May run. */
        READY,
        /** Tried something in vain and lets others go first. */
        YIELDED,
        /** Waits for other lanes of its warp at an instruction that wants them together. */
        GATHERING,
        /** Waits at a barrier. */
        BLOCKED
    }

    /** Instructions that a warp runs before another one gets its turn. */
    private static final int SLICE = 20_000;

    private final ThreadBlock block;
    private final Program program;
    private final int index;
    private final long[][] values;
    private final int[] written;
    private final int[] predicates;
    private final int[] set;
    private final LocalSpace local;
    private final CallStack calls;
    private final AsyncCopies copies;
    private final BulkStores stores;
    private final WarpgroupProducts products;
    private final int clock;

    private final long[] addresses = new long[32];

    private int existing;
    private int running;

    private final Group[] states = new Group[33];
    private final int[] pcs = new int[33];
    private final int[] masks = new int[33];
    private int groups;

    /** The group that runs is not among those above. */
    private int pc;

    private int active;
    private int next;
    private int limit;
    private boolean yields;
    private boolean forced;
    private long clusterPhase;

    Warp(ThreadBlock block, int index) {
        this.block = block;
        this.index = index;
        program = block.program();
        values = new long[program.registers()][];
        written = new int[program.registers()];
        predicates = new int[program.predicates()];
        set = new int[program.predicates()];
        for (int slot = 0; slot < values.length; slot++) {
            values[slot] = new long[32];
            Long constant = program.constants().get(slot);
            if (constant != null) {
                java.util.Arrays.fill(values[slot], constant);
            }
        }
        local = new LocalSpace(program.localBytes());
        calls = new CallStack();
        copies = new AsyncCopies(this);
        stores = new BulkStores(this);
        products = new WarpgroupProducts(this);
        clock = block.clusterRank() * block.warps() + index;
    }

    /** A block begins. */
    void restart() {
        int threads = block.launch().threads() - 32 * index;
        existing = threads >= 32 ? -1 : (1 << threads) - 1;
        running = existing;
        java.util.Arrays.fill(written, 0);
        java.util.Arrays.fill(predicates, 0);
        java.util.Arrays.fill(set, 0);
        program.constants().keySet().forEach(slot -> written[slot] = -1);
        program.specials().forEach((slot, special) -> {
            special.fill(this, values[slot]);
            written[slot] = -1;
        });
        local.clear();
        calls.clear();
        copies.clear();
        stores.clear();
        products.clear();
        groups = 0;
        addGroup(Group.READY, program.entry(), existing);
    }

    // ---- registers

    /** The lanes of a register, to be read; lanes that hold nothing are reported. */
    public long[] read(int slot, int lanes) {
        if ((written[slot] & lanes) != lanes) {
            reportUnwritten(slot, lanes);
        }
        return values[slot];
    }

    /** The lanes of a register, to be passed on as they are, with {@link #holds}. */
    public long[] peek(int slot) {
        return values[slot];
    }

    /** Lanes of a register that hold something. */
    public int holds(int slot) {
        return written[slot];
    }

    /** The lanes of a register, to be written. */
    public long[] write(int slot, int lanes) {
        written[slot] |= lanes;
        return values[slot];
    }

    /** As {@link #write} with what may hold nothing in some lanes. */
    public long[] write(int slot, int lanes, int holding) {
        written[slot] = (written[slot] & ~lanes) | (holding & lanes);
        return values[slot];
    }

    private void reportUnwritten(int slot, int lanes) {
        int lane = Integer.numberOfTrailingZeros(lanes & ~written[slot]);
        if (products.isFlying(slot)) {
            report(FindingKind.MISSING_WAIT, lane, 0, "a register of a product that was not waited for");
            products.land();
            return;
        }
        report(FindingKind.UNWRITTEN_READ, lane, 0, "a register that nothing was written to");
        written[slot] |= lanes;
    }

    /** The lanes where a predicate holds; lanes that use it and were never given one are reported. */
    public int predicate(int p, int lanes) {
        if ((set[p] & lanes) != lanes) {
            int lane = Integer.numberOfTrailingZeros(lanes & ~set[p]);
            report(FindingKind.UNWRITTEN_READ, lane, 0, "a predicate that was never set");
            set[p] |= lanes;
        }
        return predicates[p];
    }

    public void setPredicate(int p, int lanes, int truths) {
        set[p] |= lanes;
        predicates[p] = (predicates[p] & ~lanes) | (truths & lanes);
    }

    // ---- where it is

    public ThreadBlock block() {
        return block;
    }

    public Program program() {
        return program;
    }

    public int index() {
        return index;
    }

    public LocalSpace localStack() {
        return local;
    }

    public Space local() {
        return local;
    }

    public CallStack calls() {
        return calls;
    }

    public AsyncCopies copies() {
        return copies;
    }

    /** Room for the addresses of one access. */
    public long[] addresses() {
        return addresses;
    }

    /** Bulk copies out of shared memory that the warp's threads started. */
    public BulkStores stores() {
        return stores;
    }

    /** {@code wgmma} products that the warp started. */
    public WarpgroupProducts products() {
        return products;
    }

    /** The warp's clock among those of its cluster. */
    public int clock() {
        return clock;
    }

    /** Lanes that have not ended. */
    public int running() {
        return running;
    }

    int threadX(int lane) {
        return thread(lane).x();
    }

    int threadY(int lane) {
        return thread(lane).y();
    }

    int threadZ(int lane) {
        return thread(lane).z();
    }

    private Finding.Index thread(int lane) {
        return block.thread(index * 32 + lane);
    }

    public void report(FindingKind kind, int lane, long address, String text) {
        report(kind, pc, lane, address, text);
    }

    void reportAt(int step, FindingKind kind, int lane, long address, String text) {
        report(kind, step, lane, address, text);
    }

    private void report(FindingKind kind, int step, int lane, long address, String text) {
        block.report(kind, program.line(step), thread(lane), address, text + ": " + program.source()[step].text());
    }

    // ---- control flow

    /** The running lanes go on elsewhere. */
    public void jump(int target, int lanes) {
        if (lanes == active) {
            next = target;
        } else {
            active &= ~lanes;
            addGroup(Group.READY, target, lanes);
            limit = Math.min(limit, target);
        }
    }

    /** Does what a step started once began, for reports. */
    public void at(int step, Runnable work) {
        int before = pc;
        pc = step;
        work.run();
        pc = before;
    }

    /** The line of the running step. */
    public int line() {
        return program.line(pc);
    }

    /** The phase of the cluster's barrier in which the warp arrived last. */
    public long clusterPhase() {
        return clusterPhase;
    }

    public void arrivedInCluster(long phase) {
        clusterPhase = phase;
    }

    /** The running step, as the return address of a call has it. */
    public int pc() {
        return pc;
    }

    public void exit(int lanes) {
        stores.end(lanes);
        active &= ~lanes;
        running &= ~lanes;
        if (running == 0) {
            block.warpEnded();
        }
        block.cluster().threadsEnded();
    }

    /**
     * For an instruction that wants several lanes of the warp together: whether they are all here. If not, these lanes
     * wait and run the instruction again when the others have come. Where the others can't come, that is reported and
     * the answer is yes.
     */
    public boolean gathered(int lanes, int wanted) {
        int missing = wanted & running & ~lanes;
        if (missing == 0 || forced) {
            if (missing != 0) {
                report(
                        FindingKind.DIVERGENT_BARRIER,
                        Integer.numberOfTrailingZeros(lanes),
                        0,
                        "lanes " + Integer.toHexString(missing) + " (as bits) of the warp don't come to it");
            }
            forced = false;
            return true;
        }
        active &= ~lanes;
        addGroup(Group.GATHERING, pc, lanes);
        limit = pc;
        return false;
    }

    /** These lanes wait behind the running step until {@link #unblock}. */
    void waitBehind(int lanes) {
        active &= ~lanes;
        addGroup(Group.BLOCKED, pc + 1, lanes);
    }

    void unblock(int lanes) {
        for (int i = 0; i < groups; i++) {
            if (states[i] == Group.BLOCKED && masks[i] == lanes) {
                states[i] = Group.READY;
                return;
            }
        }
    }

    /** Another warp gets its turn behind the running step, as this one tries something until it succeeds. */
    public void yieldTurn() {
        yields = true;
    }

    boolean yielded() {
        return yields;
    }

    /** None of the block's warps can go on; this is one of them. */
    void reportStuck(String barriers) {
        int group = Math.max(0, furthestBehind(Group.BLOCKED));
        int step = states[group] == Group.BLOCKED ? pcs[group] - 1 : pcs[group];
        report(
                FindingKind.DEADLOCK,
                step,
                Integer.numberOfTrailingZeros(masks[group]),
                0,
                "waits for what no thread can bring any more" + (barriers.isEmpty() ? "" : " (" + barriers + ")"));
    }

    private void addGroup(Group state, int at, int lanes) {
        states[groups] = state;
        pcs[groups] = at;
        masks[groups++] = lanes;
    }

    private void removeGroup(int i) {
        groups--;
        states[i] = states[groups];
        pcs[i] = pcs[groups];
        masks[i] = masks[groups];
    }

    boolean ended() {
        return running == 0;
    }

    /** Whether some lanes may run, or will once they have gathered. */
    boolean canRun() {
        boolean gathering = false;
        for (int i = 0; i < groups; i++) {
            if (states[i] == Group.READY) {
                return true;
            }
            gathering |= states[i] != Group.BLOCKED;
        }
        return gathering;
    }

    /** Runs until the warp waits, ends, yields, or has had its turn. */
    void run() {
        int turn = SLICE;
        yields = false;
        while (turn > 0 && !yields && select()) {
            turn -= runGroup(turn);
            if (active != 0) {
                addGroup(yields ? Group.YIELDED : Group.READY, pc, active);
                active = 0;
            }
        }
        block.spend(SLICE - turn);
    }

    /** Takes the group that is furthest behind, with all others that are at the same place. */
    private boolean select() {
        int best = furthestBehind(Group.READY);
        if (best < 0) {
            best = furthestBehind(Group.YIELDED);
        }
        if (best < 0) {
            best = furthestBehind(Group.GATHERING);
            if (best < 0) {
                return false;
            }
            forced = true;
        }
        pc = pcs[best];
        active = 0;
        limit = Integer.MAX_VALUE;
        for (int i = groups - 1; i >= 0; i--) {
            if (states[i] == Group.BLOCKED) {
                continue;
            }
            if (pcs[i] == pc && calls.sameReturn(active, masks[i])) {
                active |= masks[i];
                removeGroup(i);
            } else if (states[i] != Group.GATHERING || pcs[i] > pc) {
                limit = Math.min(limit, pcs[i] == pc ? pc + 1 : pcs[i]);
            }
        }
        return true;
    }

    private int furthestBehind(Group state) {
        int best = -1;
        for (int i = 0; i < groups; i++) {
            if (states[i] == state && (best < 0 || pcs[i] < pcs[best])) {
                best = i;
            }
        }
        return best;
    }

    /** Runs the group up to where another one waits; returns the instructions that it ran. */
    private int runGroup(int turn) {
        Step[] steps = program.steps();
        int[] guards = program.guards();
        long[] executed = block.counters().executed();
        int count = 0;
        do {
            int at = pc;
            int guard = guards[at];
            int lanes = guard == 0
                    ? active
                    : guard > 0 ? active & predicate(guard - 1, active) : active & ~predicate(-guard - 1, active);
            next = at + 1;
            if (lanes != 0) {
                steps[at].run(this, lanes);
            }
            executed[at]++;
            count++;
            pc = next;
        } while (active != 0 && pc < limit && !yields && count < turn);
        return count;
    }
}

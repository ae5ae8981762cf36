package dev.errata.kernels.sim.machine;

import java.util.Map;
import java.util.TreeMap;

/** What a launch did: instructions by kind, sectors of global memory, turns of shared memory. Each is per warp. */
public final class Counters {
    private static final int SECTOR = 32;
    private static final int BANKS = 32;
    private static final int BANK_BYTES = 4;

    private final long[] executed;
    private long globalRequests;
    private long globalSectors;
    private long sharedRequests;
    private long bankConflicts;
    private final long[] scratch = new long[256];
    private final long[] words = new long[32 * BANKS];
    private final int[] depth = new int[BANKS];

    Counters(int steps) {
        executed = new long[steps];
    }

    long[] executed() {
        return executed;
    }

    void globalRequest(int lanes, long[] addresses, int bytes) {
        globalRequests++;
        int found = 0;
        for (int rest = lanes; rest != 0; rest &= rest - 1) {
            long sector = addresses[Integer.numberOfTrailingZeros(rest)] / SECTOR;
            // Lanes that follow each other mostly share the last one's sector.
            int i = found;
            while (i > 0 && scratch[i - 1] != sector) {
                i--;
            }
            if (i == 0) {
                scratch[found++] = sector;
            }
        }
        globalSectors += found;
    }

    /** Accesses of 8 bytes are done by half warps, of 16 bytes by quarters; a word that lanes share is read once. */
    void sharedRequest(int lanes, long[] addresses, int bytes) {
        sharedRequests++;
        int perTurn = bytes <= BANK_BYTES ? 32 : 32 * BANK_BYTES / bytes;
        for (int lane = 0; lane < 32; lane += perTurn) {
            bankConflicts += conflicts(lanes, addresses, lane, lane + perTurn, Math.max(1, bytes / BANK_BYTES));
        }
    }

    /** Whether no bank is asked for two words, which is the common case. */
    private boolean isFree(int lanes, long[] addresses, int from, int to, int wordsEach) {
        int asked = 0;
        for (int rest = lanes & between(from, to); rest != 0; rest &= rest - 1) {
            long first = addresses[Integer.numberOfTrailingZeros(rest)] / BANK_BYTES;
            for (int i = 0; i < wordsEach; i++) {
                int bank = (int) (first + i) & (BANKS - 1);
                if ((asked >>> bank & 1) != 0 && words[bank * 32] != first + i) {
                    return false;
                }
                asked |= 1 << bank;
                words[bank * 32] = first + i;
            }
        }
        return true;
    }

    private static int between(int from, int to) {
        return (int) ((1L << to) - (1L << from));
    }

    private int conflicts(int lanes, long[] addresses, int from, int to, int wordsEach) {
        if (isFree(lanes, addresses, from, to, wordsEach)) {
            return 0;
        }
        java.util.Arrays.fill(depth, 0);
        int deepest = 0;
        for (int lane = from; lane < to; lane++) {
            if ((lanes >>> lane & 1) == 0) {
                continue;
            }
            for (int i = 0; i < wordsEach; i++) {
                long word = addresses[lane] / BANK_BYTES + i;
                int bank = (int) word & (BANKS - 1);
                int at = 0;
                while (at < depth[bank] && words[bank * 32 + at] != word) {
                    at++;
                }
                if (at == depth[bank]) {
                    words[bank * 32 + depth[bank]++] = word;
                    deepest = Math.max(deepest, depth[bank]);
                }
            }
        }
        return Math.max(0, deepest - 1);
    }

    public long instructions() {
        long sum = 0;
        for (long n : executed) {
            sum += n;
        }
        return sum;
    }

    /** Instructions by opcode. */
    public Map<String, Long> byKind(Program program) {
        Map<String, Long> kinds = new TreeMap<>();
        for (int i = 0; i < executed.length; i++) {
            if (executed[i] > 0) {
                kinds.merge(program.source()[i].opcode(), executed[i], Long::sum);
            }
        }
        return kinds;
    }

    /** Loads, stores and atomics of global memory. */
    public long globalRequests() {
        return globalRequests;
    }

    /** Sectors of 32 bytes that these touched; a fully coalesced request of 4 bytes a lane touches 4. */
    public long globalSectors() {
        return globalSectors;
    }

    public long sharedRequests() {
        return sharedRequests;
    }

    /** Turns of shared memory beyond the one that each part of a request takes anyway. */
    public long bankConflicts() {
        return bankConflicts;
    }
}

package dev.errata.train.optimizer;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Which elements' state shares a page, and where each part lies in the page file. In the file every part of a run of
 * parameters is contiguous, and so are a parameter's, as in a checkpoint; a page gathers pieces of them.
 */
final class PageLayout {
    private final List<Page> pages = new ArrayList<>();
    private final List<StateFormat> formats;
    private final long[] elements;
    private final long[][] offsets;
    private long fileBytes;

    /**
     * State of neighbouring elements within a page.
     *
     * @param run their run of parameters
     * @param from first element, a multiple of a block
     * @param at the byte of the page at which they begin
     */
    record Slot(int run, long from, long count, long at) {}

    /**
     * What a page holds.
     *
     * @param bytes from its first slot to the end of its last
     */
    record Page(List<Slot> slots, long bytes) {
        /** What is updated at once where the page lies in such memory. */
        List<StatePiece> pieces(List<ParameterRun> runs, Tensor frame) {
            return slots.stream()
                    .map(slot -> {
                        ParameterRun run = runs.get(slot.run());
                        return new StatePiece(
                                part(run.values(), slot),
                                part(run.gradients(), slot),
                                run.format(),
                                run.format().in(frame, slot.at(), slot.count()));
                    })
                    .toList();
        }

        private static Tensor part(Tensor whole, Slot slot) {
            return whole.window(whole.name(), DType.F32, slot.from() * Float.BYTES, slot.count());
        }
    }

    /**
     * @param formats of the runs
     * @param elements of the runs
     * @throws IllegalArgumentException if not even a block fits into a page
     */
    PageLayout(List<StateFormat> formats, long[] elements, long pageBytes) {
        this.formats = List.copyOf(formats);
        this.elements = elements.clone();
        this.offsets = new long[elements.length][];
        List<Slot> slots = new ArrayList<>();
        long used = 0;
        for (int p = 0; p < elements.length; p++) {
            placeInFile(p);
            StateFormat format = formats.get(p);
            for (long from = 0; from < elements[p]; ) {
                long count = format.fitting(pageBytes - used, elements[p] - from);
                if (count > 0) {
                    slots.add(new Slot(p, from, count, used));
                    used += format.bytes(count);
                    from += count;
                } else if (slots.isEmpty()) {
                    throw new IllegalArgumentException("a page of " + pageBytes + " bytes is too small for a block");
                } else {
                    pages.add(new Page(List.copyOf(slots), used));
                    slots.clear();
                    used = 0;
                }
            }
        }
        if (!slots.isEmpty()) {
            pages.add(new Page(List.copyOf(slots), used));
        }
    }

    static PageLayout of(List<ParameterRun> runs, PageBudget budget) {
        return new PageLayout(
                runs.stream().map(ParameterRun::format).toList(),
                runs.stream().mapToLong(ParameterRun::elements).toArray(),
                budget.pageBytes());
    }

    private void placeInFile(int run) {
        List<StatePart> parts = formats.get(run).parts();
        offsets[run] = new long[parts.size()];
        for (int part = 0; part < parts.size(); part++) {
            offsets[run][part] = fileBytes;
            fileBytes += StateFormat.aligned(parts.get(part).bytes(elements[run]));
        }
    }

    List<Page> pages() {
        return pages;
    }

    long fileBytes() {
        return fileBytes;
    }

    /** The byte of the file at which a part of a run's state begins. */
    long offset(int run, int part) {
        return offsets[run][part];
    }

    /** The bytes of a part of a run's state. */
    long bytes(int run, int part) {
        return formats.get(run).parts().get(part).bytes(elements[run]);
    }

    /** Bytes that lie together in the file and in the page. */
    @FunctionalInterface
    interface Stretch {
        void at(long inFile, long inPage, long bytes);
    }

    /** All stretches of a page, in order. */
    void stretches(Page page, Stretch stretch) {
        for (Slot slot : page.slots()) {
            StateFormat format = formats.get(slot.run());
            for (int part = 0; part < format.parts().size(); part++) {
                StatePart kind = format.parts().get(part);
                stretch.at(
                        offset(slot.run(), part) + kind.bytes(slot.from()),
                        slot.at() + format.offset(part, slot.count()),
                        kind.bytes(slot.count()));
            }
        }
    }
}

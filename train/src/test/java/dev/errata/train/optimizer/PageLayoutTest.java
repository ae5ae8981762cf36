package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PageLayoutTest {
    @Property(tries = 200)
    void everyByteOfEveryRunHasOnePlaceInOnePage(
            @ForAll @Size(max = 8) List<@IntRange(max = 3000) Integer> sizes,
            @ForAll @IntRange(min = 3000, max = 9000) int pageBytes,
            @ForAll boolean swapped) {
        List<StateFormat> formats = new ArrayList<>();
        long[] elements = new long[sizes.size()];
        long expected = 0;
        for (int i = 0; i < elements.length; i++) {
            elements[i] = sizes.get(i);
            StateFormat format = (i % 2 == 0) == swapped ? AdamW8bit.FORMAT : AdamW.FORMAT;
            formats.add(format);
            for (StatePart part : format.parts()) {
                expected += part.bytes(elements[i]);
            }
        }
        PageLayout layout = new PageLayout(formats, elements, pageBytes);
        BitSet inFile = new BitSet();
        for (PageLayout.Page page : layout.pages()) {
            assertThat(page.bytes()).isBetween(1L, (long) pageBytes);
            BitSet inPage = new BitSet();
            layout.stretches(page, (fileAt, pageAt, bytes) -> {
                assertFree(inFile, fileAt, bytes);
                assertFree(inPage, pageAt, bytes);
                assertThat(pageAt + bytes).isLessThanOrEqualTo(page.bytes());
                assertThat(fileAt + bytes).isLessThanOrEqualTo(layout.fileBytes());
            });
        }
        assertThat(inFile.cardinality()).isEqualTo((int) expected);
    }

    private static void assertFree(BitSet taken, long from, long bytes) {
        int next = taken.nextSetBit((int) from);
        assertThat(next == -1 || next >= from + bytes).isTrue();
        taken.set((int) from, (int) (from + bytes));
    }

    @Test
    void aBlockIsNeverSplit() {
        PageLayout layout = new PageLayout(List.of(AdamW8bit.FORMAT), new long[] {100_000}, 10_000);
        assertThat(layout.pages()).hasSizeGreaterThan(20);
        for (PageLayout.Page page : layout.pages()) {
            assertThat(page.slots()).allMatch(slot -> slot.from() % 256 == 0);
        }
    }

    @Test
    void refusesPagesThatHoldNoBlock() {
        assertThatThrownBy(() -> new PageLayout(List.of(AdamW.FORMAT), new long[] {300}, 1024))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

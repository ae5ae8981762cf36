package dev.errata.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowOrderTest {
    private static final int ROWS = 103;

    /** Rows of lengths that repeat and jump. */
    private static List<Example> rows(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Example(new int[2 + i * 7 % 31], new int[2 + i * 7 % 31]))
                .toList();
    }

    private static List<Integer> pass(RowOrder order, int pass) {
        List<Integer> rows = new ArrayList<>();
        for (int place = 0; place < ROWS; place++) {
            rows.add(order.row((long) pass * ROWS + place));
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sequential", "shuffled", "length_grouped"})
    void everyPassHoldsEveryRowOnce(String kind) {
        RowOrder order = new RowOrder(kind, rows(ROWS), 4, 5);
        for (int pass = 0; pass < 3; pass++) {
            assertThat(pass(order, pass).stream().sorted())
                    .containsExactlyElementsOf(IntStream.range(0, ROWS).boxed().toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shuffled", "length_grouped"})
    void passesAndSeedsDiffer(String kind) {
        RowOrder order = new RowOrder(kind, rows(ROWS), 1, 5);
        assertThat(pass(order, 0)).isNotEqualTo(pass(order, 1));
        assertThat(pass(order, 0)).isNotEqualTo(pass(new RowOrder(kind, rows(ROWS), 1, 6), 0));
    }

    @Test
    void dependsOnThePlaceAloneAndNotOnWhatWasAskedBefore() {
        RowOrder order = new RowOrder("shuffled", rows(ROWS), 4, 5);
        List<Integer> second = pass(order, 1);
        pass(order, 0);
        assertThat(pass(order, 1)).isEqualTo(second);
        assertThat(pass(new RowOrder("shuffled", rows(ROWS), 4, 5), 1)).isEqualTo(second);
    }

    @Test
    void lengthGroupsOfFiftyStepsGoFromLongToShort() {
        List<Example> rows = rows(ROWS);
        List<Integer> order = pass(new RowOrder("length_grouped", rows, 1, 5), 0);
        Comparator<Integer> longestFirst =
                Comparator.comparingInt(row -> -rows.get(row).ids().length);
        for (int from = 0; from < ROWS; from += 50) {
            assertThat(order.subList(from, Math.min(ROWS, from + 50))).isSortedAccordingTo(longestFirst);
        }
    }

    @Test
    void goesOnPastTwoBillionPlaces() {
        RowOrder order = new RowOrder("sequential", rows(ROWS), 4, 5);
        long place = 3L * Integer.MAX_VALUE;
        assertThat(order.row(place)).isEqualTo((int) (place % ROWS));
    }
}

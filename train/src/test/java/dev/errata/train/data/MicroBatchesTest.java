package dev.errata.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MicroBatchesTest {
    private static List<List<Integer>> split(MicroBatches microBatches, Integer... lengths) {
        return microBatches.split(List.of(lengths), length -> length);
    }

    @Test
    void byRowsTheLastTakesWhatIsLeft() {
        assertThat(split(new MicroBatches.OfRows(2), 5, 9, 1, 3, 7))
                .containsExactly(List.of(5, 9), List.of(1, 3), List.of(7));
    }

    @Test
    void byTokensTheLongestRowsAreGivenRoomFirstAndKeepTheirOrder() {
        assertThat(split(new MicroBatches.OfTokens(10), 2, 8, 5, 3, 1))
                .containsExactly(List.of(2, 8), List.of(5, 3, 1));
    }

    @Test
    void rowsThatFillAPackToItsLastTokenFit() {
        assertThat(split(new MicroBatches.OfTokens(8), 4, 4, 8)).containsExactly(List.of(8), List.of(4, 4));
    }

    @Test
    void noRowsMakeNoMicroBatch() {
        assertThat(split(new MicroBatches.OfTokens(8))).isEmpty();
        assertThat(split(new MicroBatches.OfRows(8))).isEmpty();
    }

    @Test
    void aRowThatIsLongerThanAPackIsNeitherCutNorLeftOut() {
        assertThatThrownBy(() -> split(new MicroBatches.OfTokens(8), 4, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("9 tokens");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyRowIsInOnePackNoneIsTooLargeAndFewAreNeeded(long seed) {
        Random random = new Random(seed);
        int most = 512 + random.nextInt(8192);
        List<Integer> lengths = random.ints(200, 1, 513).boxed().toList();
        List<Integer> rows = IntStream.range(0, lengths.size()).boxed().toList();
        List<List<Integer>> packs = new MicroBatches.OfTokens(most).split(rows, lengths::get);
        assertThat(packs.stream().flatMap(List::stream).sorted()).isEqualTo(rows);
        assertThat(packs)
                .allSatisfy(pack -> assertThat(pack).isSorted())
                .allMatch(pack -> pack.stream().mapToInt(lengths::get).sum() <= most);
        long tokens = lengths.stream().mapToLong(length -> length).sum();
        assertThat(packs).hasSizeLessThanOrEqualTo((int) (11.0 / 9 * Math.ceilDiv(tokens, most)) + 1);
        assertThat(new MicroBatches.OfTokens(most).split(rows, lengths::get)).isEqualTo(packs);
    }

    @Test
    void tellsHowManyRowsItHolds() {
        assertThat(new MicroBatches.OfRows(3).rows(100)).isEqualTo(3);
        assertThat(new MicroBatches.OfTokens(8192).rows(512)).isEqualTo(16);
        assertThat(new MicroBatches.OfTokens(100).rows(512)).isEqualTo(1);
    }
}

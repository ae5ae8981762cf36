package dev.errata.model.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedPrefixTest {
    private static final int[] LONG = IntStream.range(0, 100).toArray();

    private static int[] begins(int same, int length) {
        return IntStream.range(0, length).map(i -> i < same ? i : -1).toArray();
    }

    @Test
    void equalPromptsShareAllAndOthersWholeBlocks() {
        List<int[]> prompts = List.of(
                LONG, begins(40, 70), LONG.clone(), begins(70, 90), begins(40, 70), begins(31, 90), begins(0, 3));
        assertThat(SharedPrefix.of(prompts, 1000))
                .containsExactly(
                        new SharedPrefix(-1, 0),
                        new SharedPrefix(0, 32),
                        new SharedPrefix(0, 100),
                        new SharedPrefix(0, 64),
                        new SharedPrefix(1, 70),
                        new SharedPrefix(-1, 0),
                        new SharedPrefix(-1, 0));
    }

    @Test
    void theLastTokenOfAPromptThatIsTheBeginningOfAnotherIsRead() {
        List<int[]> prompts = List.of(LONG, begins(64, 64), begins(65, 65));
        assertThat(SharedPrefix.of(prompts, 1000))
                .containsExactly(new SharedPrefix(-1, 0), new SharedPrefix(0, 32), new SharedPrefix(0, 64));
    }

    @Test
    void whereAnglesHangOnTheLengthOnlyEqualsShare() {
        List<int[]> prompts = List.of(LONG, begins(99, 100), LONG.clone(), begins(50, 60));
        assertThat(SharedPrefix.of(prompts, 99))
                .containsExactly(
                        new SharedPrefix(-1, 0),
                        new SharedPrefix(-1, 0),
                        new SharedPrefix(0, 100),
                        new SharedPrefix(-1, 0));
    }
}

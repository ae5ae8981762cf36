package dev.errata.train.data;

import dev.errata.train.config.TrainSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * How the rows of a step are split into micro-batches: a pure function of their lengths, so that a resumed step is split as
 * it was.
 */
public sealed interface MicroBatches {
    /** As a config says: by {@code micro_batch_tokens} where that is given, else by {@code micro_batch_size}. */
    static MicroBatches of(TrainSettings settings) {
        return settings.microBatchTokens() == null
                ? new OfRows(settings.microBatchSize())
                : new OfTokens(settings.microBatchTokens());
    }

    /**
     * Splits rows of any kind; none is left out.
     *
     * @param length tokens of a row
     */
    <R> List<List<R>> split(List<R> rows, ToIntFunction<R> length);

    /** Splits rows in tokens. */
    default List<List<Example>> split(List<Example> rows) {
        return split(rows, example -> example.ids().length);
    }

    /** How many rows of so many tokens a micro-batch holds; at least one. */
    int rows(int tokens);

    /** So many rows, in their order; the last micro-batch takes what is left. */
    record OfRows(int size) implements MicroBatches {
        @Override
        public <R> List<List<R>> split(List<R> rows, ToIntFunction<R> length) {
            List<List<R>> parts = new ArrayList<>();
            for (int from = 0; from < rows.size(); from += size) {
                parts.add(rows.subList(from, Math.min(rows.size(), from + size)));
            }
            return parts;
        }

        @Override
        public int rows(int tokens) {
            return size;
        }
    }

    /**
     * Packs of at most so many tokens: the longest row first, each into the first pack that has room (first-fit decreasing,
     * which needs at most 11/9 of the fewest packs there could be). Within a pack rows keep their order.
     */
    record OfTokens(int most) implements MicroBatches {
        @Override
        public <R> List<List<R>> split(List<R> rows, ToIntFunction<R> length) {
            int[] tokens = rows.stream().mapToInt(length).toArray();
            List<List<Integer>> packs = new ArrayList<>();
            List<Integer> rooms = new ArrayList<>();
            for (int row : longestFirst(tokens)) {
                int pack = firstWithRoom(tokens[row], rooms);
                if (pack == packs.size()) {
                    packs.add(new ArrayList<>());
                    rooms.add(most);
                }
                packs.get(pack).add(row);
                rooms.set(pack, rooms.get(pack) - tokens[row]);
            }
            return packs.stream()
                    .map(pack -> pack.stream().sorted().map(rows::get).toList())
                    .toList();
        }

        private static List<Integer> longestFirst(int[] tokens) {
            return IntStream.range(0, tokens.length)
                    .boxed()
                    .sorted(Comparator.comparingInt(row -> -tokens[row]))
                    .toList();
        }

        /** The number of packs where none has. */
        private int firstWithRoom(int tokens, List<Integer> rooms) {
            if (tokens > most) {
                throw new IllegalArgumentException("a row of " + tokens + " tokens in packs of " + most);
            }
            int pack = 0;
            while (pack < rooms.size() && rooms.get(pack) < tokens) {
                pack++;
            }
            return pack;
        }

        @Override
        public int rows(int tokens) {
            return Math.max(1, most / tokens);
        }
    }
}

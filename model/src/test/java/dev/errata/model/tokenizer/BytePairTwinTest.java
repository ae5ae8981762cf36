package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The merging with a queue against the plain one that looks for the best pair again after every merge. */
class BytePairTwinTest {
    private static final String LETTERS = "abcd";

    private final Random random = new Random(7);
    private final List<String> tokens = new ArrayList<>(List.of("a", "b", "c", "d"));
    private final Map<String, Integer> rankOfPair = new LinkedHashMap<>();
    private final Map<String, Integer> rankOfText = new LinkedHashMap<>();

    BytePairTwinTest() {
        Set<String> known = new LinkedHashSet<>(tokens);
        while (rankOfPair.size() < 60) {
            String left = tokens.get(random.nextInt(tokens.size()));
            String right = tokens.get(random.nextInt(tokens.size()));
            if (left.length() + right.length() > 6 || rankOfPair.containsKey(left + " " + right)) {
                continue;
            }
            rankOfPair.put(left + " " + right, rankOfPair.size());
            if (known.add(left + right)) {
                rankOfText.put(left + right, rankOfText.size());
                tokens.add(left + right);
            }
        }
    }

    private List<String> slow(String text, Map<String, Integer> ranks, String between) {
        List<String> symbols = new ArrayList<>(List.of(text.split("")));
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                Integer rank = ranks.get(symbols.get(i) + between + symbols.get(i + 1));
                if (rank != null
                        && (best < 0 || rank < ranks.get(symbols.get(best) + between + symbols.get(best + 1)))) {
                    best = i;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    private List<String> fast(TokenModel model, Vocabulary vocabulary, String text) {
        IdList ids = new IdList(4);
        model.encode(text, new Symbols(), ids);
        List<String> symbols = new ArrayList<>();
        for (int id : ids.toArray()) {
            symbols.add(vocabulary.token(id));
        }
        return symbols;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int length = 1 + random.nextInt(200);
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    @Test
    void mergesByRankAsThePlainOneDoes() {
        Vocabulary vocabulary = new Vocabulary(tokens.toArray(new String[0]));
        MergeTable merges = new MergeTable(rankOfPair.size());
        rankOfPair.forEach((pair, rank) -> {
            String[] sides = pair.split(" ");
            merges.put(
                    vocabulary.idOf(sides[0]), vocabulary.idOf(sides[1]), rank, vocabulary.idOf(sides[0] + sides[1]));
        });
        TokenModel model = new MergeBpe(vocabulary, merges, -1, false, null, false);
        for (int i = 0; i < 300; i++) {
            String text = text();
            assertThat(fast(model, vocabulary, text)).isEqualTo(slow(text, rankOfPair, " "));
        }
    }

    @Test
    void mergesByScoreAsThePlainOneDoes() {
        Vocabulary vocabulary = new Vocabulary(tokens.toArray(new String[0]));
        float[] scores = new float[tokens.size()];
        rankOfText.forEach((text, rank) -> scores[vocabulary.idOf(text)] = -rank);
        List<PieceKind> kinds = tokens.stream().map(_ -> PieceKind.NORMAL).toList();
        TokenModel model = new PieceBpe(vocabulary, scores, kinds, -1, null);
        for (int i = 0; i < 300; i++) {
            String text = text();
            assertThat(fast(model, vocabulary, text)).isEqualTo(slow(text, rankOfText, ""));
        }
    }
}

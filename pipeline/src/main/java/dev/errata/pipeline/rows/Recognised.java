package dev.errata.pipeline.rows;

import dev.errata.model.text.ConversationTokens;
import dev.errata.train.data.Example;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What was recognised in rows to train on, for the start of a run to say. */
final class Recognised {
    private final Map<RowKind, Long> rows = new EnumMap<>(RowKind.class);
    private long tokens;
    private long targets;
    private long turns;
    private long excluded;
    private long partial;
    private long unended;
    private long deafToTools;
    private int dropped;

    void row(RowKind kind) {
        rows.merge(kind, 1L, Long::sum);
    }

    void example(Example example) {
        tokens += example.ids().length;
        targets += example.targets();
    }

    void turns(ConversationTokens conversation, int excludedTurns) {
        turns += conversation.spans();
        excluded += excludedTurns;
        partial += conversation.partial();
        unended += conversation.spans() - conversation.ended();
    }

    void deafToTools() {
        deafToTools++;
    }

    void dropped() {
        dropped++;
    }

    int droppedRows() {
        return dropped;
    }

    /** Lines for people: what there is first, then what they should know. */
    List<String> lines(boolean lastAlone) {
        List<String> lines = new ArrayList<>();
        Map<String, Long> kinds = new TreeMap<>();
        rows.forEach((kind, count) -> kinds.put(kind.shown(), count));
        List<String> counted = new ArrayList<>();
        kinds.forEach((kind, count) -> counted.add(number(count) + (count == 1 ? " row of " : " rows of ") + kind));
        String conversations = turns == 0
                ? ""
                : ", " + number(turns) + (turns == 1 ? " assistant turn" : " assistant turns") + " trained"
                        + (lastAlone ? " (the last of each row alone)" : "")
                        + (excluded == 0 ? "" : ", " + number(excluded) + " excluded");
        lines.add(String.join(", ", counted) + conversations + "; " + number(targets) + " of " + number(tokens)
                + " tokens are trained");
        if (dropped > 0) {
            lines.add(
                    number(dropped) + " rows are too long and were dropped, " + number(all() - dropped) + " are left");
        }
        if (unended > 0) {
            lines.add("the chat template ends " + number(unended)
                    + " trained turns without a special token: the model isn't taught where to stop there");
        }
        if (partial > 0) {
            lines.add("of " + number(partial)
                    + " trained turns the chat template leaves out or changes a part (as earlier thinking): what it renders"
                    + " is trained");
        }
        if (deafToTools > 0) {
            lines.add(number(deafToTools) + " rows have tools, of which the chat template says nothing");
        }
        return lines;
    }

    private long all() {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}

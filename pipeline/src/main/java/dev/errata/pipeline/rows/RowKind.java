package dev.errata.pipeline.rows;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.Spelling;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The kinds of training rows, told by their keys. */
enum RowKind {
    IDS("{ids, labels}"),
    MESSAGES("{messages}"),
    /** LLaMA-Factory's and FastChat's form of it. */
    SHAREGPT("{conversations}"),
    /** Stanford Alpaca's. */
    ALPACA("{instruction, input, output}"),
    COMPLETION("{prompt, completion}");

    /** What says where a row comes from, in any kind, and is passed over. */
    private static final List<String> HARMLESS =
            List.of("id", "idx", "index", "source", "dataset", "category", "kind", "problem_id", "conversation_id");

    /** Keys of kinds that are not read, and what to do. */
    private static final Map<String, String> OTHERS = new LinkedHashMap<>();

    static {
        String rename = "name the two prompt and completion";
        OTHERS.put("chosen", "preference pairs aren't trained on; give the chosen answers as messages");
        OTHERS.put("question", rename + ", or give such a file as problems of a loop");
        OTHERS.put("query", rename);
        OTHERS.put("response", rename);
        OTHERS.put("functions", "give tools and tool_calls, their later form");
        OTHERS.put("contents", "give {messages} with role and content");
        OTHERS.put("text", "give {prompt, completion}, with an empty prompt to train the whole text");
    }

    private final String shown;

    RowKind(String shown) {
        this.shown = shown;
    }

    private List<String> required() {
        return switch (this) {
            case IDS -> List.of("ids");
            case MESSAGES -> List.of("messages");
            case SHAREGPT -> List.of("conversations");
            case ALPACA -> List.of("instruction", "output");
            case COMPLETION -> List.of("prompt", "completion");
        };
    }

    private List<String> optional() {
        return switch (this) {
            case IDS -> List.of("labels");
            case MESSAGES -> List.of("tools", "chat_template_kwargs");
            case SHAREGPT -> List.of("system", "tools");
            case ALPACA -> List.of("input", "system");
            case COMPLETION -> List.of("tools");
        };
    }

    /** Fields of this kind that change nothing: of Alpaca's file the three others put into its prompt. */
    private List<String> passedOver() {
        return switch (this) {
            case MESSAGES -> List.of("parallel_tool_calls");
            case ALPACA -> List.of("text");
            case IDS, SHAREGPT, COMPLETION -> List.of();
        };
    }

    /** As in messages: {@code {prompt, completion}}. */
    String shown() {
        return shown;
    }

    /**
     * The kind of a row.
     *
     * @param ignore further fields to pass over
     * @throws BadInputException for a row of another kind, or with fields that its kind doesn't have
     */
    static RowKind of(JsonRow row, List<String> ignore) {
        for (RowKind kind : values()) {
            if (kind.required().stream().allMatch(row.fields()::has)) {
                kind.requireFields(row, ignore);
                return kind;
            }
        }
        requireNoOther(row);
        for (RowKind kind : values()) { // a row that lacks a field of its kind, which its reader names
            if (kind.required().stream().anyMatch(row.fields()::has)) {
                kind.requireFields(row, ignore);
                return kind;
            }
        }
        throw unknown(row);
    }

    private static void requireNoOther(JsonRow row) {
        for (Map.Entry<String, String> other : OTHERS.entrySet()) {
            if (row.fields().has(other.getKey())) {
                throw row.wrong("rows of " + shown(names(row)) + " are not read", other.getValue());
            }
        }
    }

    private static List<String> names(JsonRow row) {
        List<String> names = new ArrayList<>();
        row.fields().fieldNames().forEachRemaining(names::add);
        return names;
    }

    private void requireFields(JsonRow row, List<String> ignore) {
        List<String> known = new ArrayList<>(required());
        known.addAll(optional());
        for (Iterator<String> names = row.fields().fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)
                    && !passedOver().contains(name)
                    && !HARMLESS.contains(name)
                    && !ignore.contains(name)) {
                String guess = Spelling.nearest(name, known)
                        .map(found -> ", did you mean " + found)
                        .orElse("");
                throw row.wrong(
                        "unknown field " + name + guess,
                        "a row of " + shown + " has " + String.join(", ", known)
                                + "; name others to pass over in ignore");
            }
        }
    }

    private static BadInputException unknown(JsonRow row) {
        List<String> names = names(row);
        List<String> known = new ArrayList<>();
        List<String> kinds = new ArrayList<>();
        for (RowKind kind : values()) {
            known.addAll(kind.required());
            kinds.add(kind.shown);
        }
        for (String name : names) {
            var guess = Spelling.nearest(name, known);
            if (guess.isPresent()) {
                return row.wrong("unknown field " + name + ", did you mean " + guess.get(), "rows are " + or(kinds));
            }
        }
        return row.wrong("no kind of row has the fields " + shown(names), "give rows of " + or(kinds));
    }

    private static String shown(List<String> names) {
        return "{" + String.join(", ", names) + "}";
    }

    private static String or(List<String> kinds) {
        return String.join(", ", kinds.subList(0, kinds.size() - 1)) + " or " + kinds.getLast();
    }
}

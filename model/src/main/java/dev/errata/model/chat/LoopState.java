package dev.errata.model.chat;

import java.util.List;

/** The {@code loop} variable. */
final class LoopState {
    private final List<Object> elements;
    private final int depth;
    private final TemplateFunction recursion;
    private int index;
    private Object lastSeen = CallArguments.ABSENT;

    /** {@code depth} is from 1; {@code recursion} is what calling {@code loop} does, null where the loop is not recursive. */
    LoopState(List<Object> elements, int depth, TemplateFunction recursion) {
        this.elements = elements;
        this.depth = depth;
        this.recursion = recursion;
    }

    void moveTo(int newIndex) {
        index = newIndex;
    }

    Object attribute(String name, Execution execution) {
        int length = elements.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) length - index;
            case "revindex0" -> length - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == length - 1;
            case "length" -> (long) length;
            case "depth" -> (long) depth;
            case "depth0" -> depth - 1L;
            case "previtem" -> index > 0 ? elements.get(index - 1) : new Undefined(name);
            case "nextitem" -> index + 1 < length ? elements.get(index + 1) : new Undefined(name);
            case "cycle" -> (TemplateFunction) this::cycle;
            case "changed" -> (TemplateFunction) arguments -> changed(arguments, execution);
            default -> new Undefined(name);
        };
    }

    private Object cycle(CallArguments arguments) {
        List<Object> choices = arguments.positional();
        if (choices.isEmpty()) {
            throw new TemplateFailure("loop.cycle needs arguments");
        }
        return choices.get(index % choices.size());
    }

    private Object changed(CallArguments arguments, Execution execution) {
        boolean changed =
                CallArguments.isAbsent(lastSeen) || !PythonValues.areEqual(lastSeen, arguments.positional(), execution);
        lastSeen = arguments.positional();
        return changed;
    }

    Object call(CallArguments arguments) {
        if (recursion == null) {
            throw new TemplateFailure("loop is called, but the loop isn't recursive");
        }
        return recursion.call(arguments);
    }
}

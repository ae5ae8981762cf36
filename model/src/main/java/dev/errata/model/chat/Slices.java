package dev.errata.model.chat;

import java.util.ArrayList;
import java.util.List;

/** Python's indexing and slicing of lists and strings; strings count in code points. */
final class Slices {
    private Slices() {}

    /** The element at an index from 0, or from -1 backwards; undefined outside. */
    static Object item(Object target, long index) {
        long length = PythonValues.length(target);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return new Undefined("item " + index);
        }
        if (target instanceof String text) {
            int from = text.offsetByCodePoints(0, (int) at);
            return text.substring(from, text.offsetByCodePoints(from, 1));
        }
        return ((List<?>) target).get((int) at);
    }

    /** {@code target[from:to:step]}; null where a bound isn't given. */
    static Object slice(Object target, Object from, Object to, Object step, Execution execution) {
        if (!(target instanceof String) && !(target instanceof List<?>)) {
            throw new TemplateFailure(PythonValues.typeName(target) + " can't be sliced");
        }
        int length = (int) PythonValues.length(target);
        int stride = CallArguments.integer(step, 1);
        if (stride == 0) {
            throw new TemplateFailure("a slice's step is 0");
        }
        boolean forwards = stride > 0;
        int first = bound(from, length, forwards, forwards ? 0 : length - 1);
        int end = bound(to, length, forwards, forwards ? length : -1);
        execution.charge(length);
        List<Object> elements = PythonValues.elements(target, execution);
        List<Object> taken = new ArrayList<>();
        for (long i = first; forwards ? i < end : i > end; i += stride) {
            taken.add(elements.get((int) i));
        }
        if (target instanceof String) {
            StringBuilder text = new StringBuilder();
            taken.forEach(text::append);
            return text.toString();
        }
        return target instanceof Tuple ? new Tuple(taken) : taken;
    }

    private static int bound(Object given, int length, boolean forwards, int whenAbsent) {
        if (given == null) {
            return whenAbsent;
        }
        long at = CallArguments.integer(given, 0);
        long fromStart = at < 0 ? at + length : at;
        return forwards ? Math.clamp(fromStart, 0, length) : Math.clamp(fromStart, -1, length - 1);
    }
}

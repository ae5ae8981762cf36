package dev.errata.model.chat;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;

/** A Python tuple: a list that is written in parentheses and that equals no list. */
final class Tuple extends AbstractList<Object> implements RandomAccess {
    private final List<Object> elements;
    private final List<String> names;

    /** Copies the elements, which may be null. */
    Tuple(List<?> elements) {
        this(elements, List.of());
    }

    private Tuple(List<?> elements, List<String> names) {
        this.elements = Collections.unmodifiableList(new ArrayList<>(elements));
        this.names = names;
    }

    /** What {@code groupby} gives: its places have names too. */
    static Tuple group(Object grouper, List<Object> list) {
        return new Tuple(of(grouper, list), List.of("grouper", "list"));
    }

    /** The element at the place of this name, or undefined. */
    Object named(String name) {
        int at = names.indexOf(name);
        return at < 0 ? new Undefined(name) : elements.get(at);
    }

    static Tuple of(Object first, Object second) {
        List<Object> pair = new ArrayList<>();
        pair.add(first);
        pair.add(second);
        return new Tuple(pair);
    }

    @Override
    public Object get(int index) {
        return elements.get(index);
    }

    @Override
    public int size() {
        return elements.size();
    }
}

package dev.errata.tensor.check;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Download;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps a record of what crosses between host and backend and of what runs in between, for tests of how often elements
 * cross. Closes the backend below.
 */
public final class CountingBackend implements ForwardingBackend {
    private final Backend inner;
    private final List<Event> events = new ArrayList<>();

    /** What a backend was asked for. */
    public sealed interface Event {}

    /** An operator that ran. */
    public record Ran(Op op) implements Event {}

    /** A copy to the backend, by the tensor's name. */
    public record Uploaded(String tensor, long bytes) implements Event {}

    /** A copy to the host that was done or begun. */
    public record Downloaded(String tensor, long bytes) implements Event {}

    public CountingBackend(Backend inner) {
        this.inner = inner;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** All since the beginning or {@link #forget}, in order. */
    public List<Event> events() {
        return List.copyOf(events);
    }

    public void forget() {
        events.clear();
    }

    /** The names of what was uploaded, in order. */
    public List<String> uploads() {
        List<String> names = new ArrayList<>();
        each(Uploaded.class, upload -> names.add(upload.tensor()));
        return names;
    }

    /** What was downloaded, in order. */
    public List<Downloaded> downloads() {
        List<Downloaded> all = new ArrayList<>();
        each(Downloaded.class, all::add);
        return all;
    }

    private <T extends Event> void each(Class<T> type, Consumer<T> action) {
        events.stream().filter(type::isInstance).map(type::cast).forEach(action);
    }

    @Override
    public void run(Op op) {
        events.add(new Ran(op));
        inner.run(op);
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {
        events.add(new Uploaded(to.name(), to.bytes()));
        inner.upload(from, to);
    }

    @Override
    public void download(Tensor from, MemorySegment to) {
        events.add(new Downloaded(from.name(), from.bytes()));
        inner.download(from, to);
    }

    @Override
    public Download beginDownload(Tensor from, MemorySegment to) {
        events.add(new Downloaded(from.name(), from.bytes()));
        return inner.beginDownload(from, to);
    }
}

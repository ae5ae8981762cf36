package dev.errata.kernels.cuda;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Numbers from 1 for the objects in which JCuda keeps CUDA's handles. */
final class Handles<T> {
    private final ConcurrentHashMap<Long, T> objects = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    long add(T object) {
        long handle = last.incrementAndGet();
        objects.put(handle, object);
        return handle;
    }

    /**
     * @throws IllegalArgumentException if there is no such object, or no more
     */
    T get(long handle) {
        T object = objects.get(handle);
        if (object == null) {
            throw new IllegalArgumentException("no such handle: " + handle);
        }
        return object;
    }

    T remove(long handle) {
        T object = get(handle);
        objects.remove(handle);
        return object;
    }
}

package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostPages;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PinnedPagesTest {
    private static final int PAGE = 256;
    private static final int PAGES = 7;
    private static final int FRAMES = 3;

    /**
     * A driver whose streams do their work in any order that streams and events allow: which stream goes on is drawn. A copy
     * reads and writes when it is done, not when it is given.
     */
    private static final class DrawnOrder {
        private final byte[] device = new byte[1 << 16];
        private final PlanDriver rest =
                new PlanDriver(new DeviceProperties("drawn", 90, 13_000, 4, 1 << 16, 227 << 10, 1 << 20));
        private final Map<Long, Deque<Work>> streams = new TreeMap<>();
        private final Map<Long, Integer> recorded = new TreeMap<>();
        private final Map<Long, Integer> happened = new TreeMap<>();
        private final Random random;

        private record Work(BooleanSupplier isReady, Runnable run) {}

        DrawnOrder(long seed) {
            random = new Random(seed);
        }

        CudaDriver driver() {
            return (CudaDriver) Proxy.newProxyInstance(
                    CudaDriver.class.getClassLoader(), new Class<?>[] {CudaDriver.class}, (p, m, a) -> call(m, a));
        }

        private Object call(Method method, Object[] given) throws ReflectiveOperationException {
            return switch (method.getName()) {
                case "upload" -> {
                    MemorySegment from = (MemorySegment) given[0];
                    int to = Math.toIntExact((long) given[1]);
                    give(
                            (long) given[2],
                            () -> MemorySegment.copy(
                                    from, ValueLayout.JAVA_BYTE, 0, device, to, Math.toIntExact(from.byteSize())));
                    yield null;
                }
                case "download" -> {
                    int from = Math.toIntExact((long) given[0]);
                    MemorySegment to = (MemorySegment) given[1];
                    give(
                            (long) given[2],
                            () -> MemorySegment.copy(
                                    device, from, to, ValueLayout.JAVA_BYTE, 0, Math.toIntExact(to.byteSize())));
                    yield null;
                }
                case "record" -> {
                    int time = recorded.merge((long) given[0], 1, Integer::sum);
                    give((long) given[1], () -> happened.put((long) given[0], time));
                    yield null;
                }
                case "await" -> {
                    int time = recorded.getOrDefault((long) given[1], 0);
                    queue((long) given[0])
                            .add(new Work(() -> happened.getOrDefault((long) given[1], 0) >= time, () -> {}));
                    yield null;
                }
                case "synchronize" -> {
                    finish(queue((long) given[0]));
                    yield null;
                }
                default -> method.invoke(rest, given);
            };
        }

        private Deque<Work> queue(long stream) {
            return streams.computeIfAbsent(stream, key -> new ArrayDeque<>());
        }

        void give(long stream, Runnable run) {
            queue(stream).add(new Work(() -> true, run));
        }

        private void finish(Deque<Work> wanted) {
            while (!wanted.isEmpty()) {
                List<Deque<Work>> ready = streams.values().stream()
                        .filter(queue ->
                                !queue.isEmpty() && queue.peek().isReady().getAsBoolean())
                        .toList();
                assertThat(ready).as("streams that can go on").isNotEmpty();
                ready.get(random.nextInt(ready.size())).remove().run().run();
            }
        }

        /** The stream that the backend was given first. */
        long operators() {
            return 1;
        }
    }

    /** Each byte of each page is raised by one in each pass, whichever stream is fast and whichever is slow. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void noByteIsLostHoweverStreamsOvertakeEachOther(long seed) {
        DrawnOrder order = new DrawnOrder(seed);
        try (CudaBackend backend = new CudaBackend("test", order.driver(), CudaBackend.NO_SLABS);
                Scope scope = new Scope("frames", backend)) {
            try (HostPages pages = backend.hostPages(PAGES * PAGE)) {
                List<Tensor> frames = new ArrayList<>();
                for (int frame = 0; frame < FRAMES; frame++) {
                    frames.add(scope.allocate("frame", DType.U8, PAGE));
                }
                for (int pass = 1; pass <= 3; pass++) {
                    pages.bringIn(0, frames.getFirst());
                    for (int page = 0; page < PAGES; page++) {
                        pages.arrive();
                        if (page + 1 < PAGES) {
                            pages.bringIn((long) (page + 1) * PAGE, frames.get((page + 1) % FRAMES));
                        }
                        Tensor frame = frames.get(page % FRAMES);
                        int at = Math.toIntExact(DeviceMemory.of(frame));
                        order.give(order.operators(), () -> {
                            for (int i = 0; i < PAGE; i++) {
                                order.device[at + i]++;
                            }
                        });
                        pages.takeOut(frame, (long) page * PAGE);
                    }
                }
                pages.await();
                assertThat(pages.memory().toArray(ValueLayout.JAVA_BYTE)).containsOnly(3);
            }
        }
    }
}

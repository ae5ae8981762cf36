package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.train.config.OptimizerConfig;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PagedStatesTest {
    /** Parameters smaller than a block, than a page, and larger than several pages; even ones have 8-bit moments. */
    private static final int[] SIZES = {1, 5000, 300, 256, 20_001, 0, 7, 4096, 255, 12_345, 768, 513, 8192, 100};

    private static final long PAGE = 16 << 10;

    @TempDir
    private Path folder;

    /** AdamW whose moments are in 8 bits for some sizes. */
    private static Optimizer optimizer(AdamW8bit adamW) {
        Set<Long> eightBit = new HashSet<>();
        for (int i = 0; i < SIZES.length; i += 2) {
            eightBit.add((long) SIZES[i]);
        }
        return new Optimizer() {
            @Override
            public StateFormat format(long elements) {
                return eightBit.contains(elements) ? AdamW8bit.FORMAT : AdamW.FORMAT;
            }

            @Override
            public Rule in(Scope scope) {
                return adamW.in(scope);
            }
        };
    }

    /** Parameters with random values and gradients on one backend. */
    private record Model(Backend backend, Scope scope, FlatTensors values, FlatTensors gradients, Optimizer.Rule rule)
            implements AutoCloseable {
        static Model on(String device, int threads) {
            // On a GPU with -Derrata.device=cuda.
            Backend backend = Backends.choose(
                    device.equals("sim") ? System.getProperty("errata.device", "sim") : device, threads);
            Scope scope = new Scope("test", backend);
            AdamW8bit adamW =
                    new AdamW8bit(new OptimizerConfig("adamw8bit", 1e-2, 0.9, 0.99, 1e-8, 0, 0, false, 256, 4096));
            Map<String, Shape> shapes = new LinkedHashMap<>();
            for (int i = 0; i < SIZES.length; i++) {
                shapes.put("p" + i, Shape.of(SIZES[i]));
            }
            FlatLayout layout = FlatLayout.of(shapes, optimizer(adamW));
            FlatTensors values = FlatTensors.values(layout, scope);
            for (int i = 0; i < SIZES.length; i++) {
                backend.upload(
                        MemorySegment.ofArray(random(SIZES[i], i)),
                        values.byName().get("p" + i));
            }
            return new Model(backend, scope, values, FlatTensors.gradients(layout, scope), adamW.in(scope));
        }

        List<ParameterRun> runs() {
            return ParameterRun.of(values, gradients);
        }

        List<Parameter> parameters() {
            return Parameter.of(values, gradients);
        }

        /** A step of AdamW with gradients that follow from the step. */
        void step(StateStore states, int step) {
            for (int i = 0; i < SIZES.length; i++) {
                backend.upload(
                        MemorySegment.ofArray(random(SIZES[i], 100L * step + i)),
                        gradients.byName().get("p" + i));
            }
            UpdateStep update = new UpdateStep(step, 1e-2, 1);
            states.forEach(piece -> backend.run(rule.update(piece, update)));
        }

        List<byte[]> all(StateStore states) {
            List<byte[]> all = new ArrayList<>();
            try (Arena arena = Arena.ofConfined()) {
                for (Parameter parameter : parameters()) {
                    byte[] bytes = new byte[Math.toIntExact(parameter.value().bytes())];
                    backend.download(parameter.value(), MemorySegment.ofArray(bytes));
                    all.add(bytes);
                    for (int part = 0; part < parameter.format().parts().size(); part++) {
                        all.add(states.read(parameter, part, arena).toArray(ValueLayout.JAVA_BYTE));
                    }
                }
            }
            return all;
        }

        @Override
        public void close() {
            scope.close();
            assertThat(backend.liveBytes()).isZero();
            backend.close();
        }
    }

    private PagedStates paged(Model model, int pages) {
        PageBudget budget = new PageBudget(pages * PAGE, PAGE);
        return new PagedStates(
                model.runs(),
                model.scope(),
                budget,
                PageLayout.of(model.runs(), budget),
                folder.resolve("optimizer.pages"));
    }

    /** In a file, or beside a device in the host's memory. */
    private StateStore pagedSomewhere(Model model, int pages) {
        if (!model.backend().hasHostPages()) {
            return paged(model, pages);
        }
        PageBudget budget = new PageBudget(pages * PAGE, PAGE);
        PageLayout layout = PageLayout.of(model.runs(), budget);
        return new PinnedStates(
                model.runs(), model.scope(), budget, layout, model.backend().hostPages(layout.fileBytes()));
    }

    @ParameterizedTest
    @CsvSource({"reference, 4, 1", "cpu, 4, 1", "cpu, 5, 3", "cpu, 12, 2", "cpu, 100, 2", "sim, 6, 1"})
    void givesTheBitsOfStatesThatStayInMemory(String device, int pages, int threads) {
        try (Model resident = Model.on(device, 2);
                Model other = Model.on(device, threads);
                StateStore paged = pagedSomewhere(other, pages)) {
            StateStore states = new ResidentStates(resident.runs(), resident.scope(), null);
            for (int step = 1; step <= 5; step++) {
                resident.step(states, step);
                other.step(paged, step);
                if (step % 2 == 0) {
                    assertThat(other.all(paged)).containsExactlyElementsOf(resident.all(states));
                }
            }
            assertThat(other.all(paged)).containsExactlyElementsOf(resident.all(states));
        }
    }

    @ParameterizedTest
    @CsvSource({"4", "6", "9"})
    void neverHoldsMoreThanTheBudget(int pages) {
        try (Model model = Model.on("cpu", 2)) {
            long before = model.backend().liveBytes();
            model.backend().resetPeak();
            try (PagedStates paged = paged(model, pages)) {
                for (int step = 1; step <= 3; step++) {
                    model.step(paged, step);
                }
                long host = 2 * PAGE;
                assertThat(model.backend().peakBytes() - before + host).isEqualTo(pages * PAGE);
            }
        }
    }

    @Test
    void onADeviceNeverHoldsMoreThanTheBudgetEither() {
        int pages = 6;
        try (Model model = Model.on("sim", 1)) {
            long before = model.backend().liveBytes();
            model.backend().resetPeak();
            try (StateStore paged = pagedSomewhere(model, pages)) {
                model.step(paged, 1);
                assertThat(paged.paging().bytesOut()).isPositive();
                long scratch = model.backend().peakScratchBytes();
                assertThat(model.backend().peakBytes() - before).isBetween(pages * PAGE, pages * PAGE + 256 + scratch);
            }
        }
    }

    @Test
    void countsHitsAndWhatItMoves() {
        try (Model model = Model.on("cpu", 1);
                PagedStates paged = paged(model, 6)) {
            PageLayout layout = PageLayout.of(model.runs(), new PageBudget(6 * PAGE, PAGE));
            int pages = layout.pages().size();
            long all = layout.pages().stream().mapToLong(PageLayout.Page::bytes).sum();
            long kept = layout.pages().subList(0, 3).stream()
                    .mapToLong(PageLayout.Page::bytes)
                    .sum();
            model.step(paged, 1);
            model.step(paged, 2);
            model.step(paged, 3);
            Paging paging = paged.paging();
            assertThat(paging.pages()).isEqualTo(pages).isGreaterThan(10);
            assertThat(paging.hits()).isEqualTo(2L * 3);
            assertThat(paging.misses()).isEqualTo(3L * pages - paging.hits());
            assertThat(paging.bytesIn()).isEqualTo(3 * all - 2 * kept);
            assertThat(paging.bytesOut()).isEqualTo(3 * (all - kept));
            assertThat(paging.waits()).isBetween(1L, paging.misses());
            assertThat(paging.describe()).contains(pages + " pages of 16 KiB", "6 hits");
        }
    }

    @Test
    void everyPageThatMovesIsAnEventOfFlightRecorder() throws IOException {
        Path file = folder.resolve("pages.jfr");
        long moved;
        try (Recording recording = new Recording()) {
            recording.start();
            try (Model model = Model.on("cpu", 1);
                    PagedStates paged = paged(model, 6)) {
                model.step(paged, 1);
                moved = 2 * paged.paging().misses();
            }
            recording.stop();
            recording.dump(file);
        }
        assertThat(RecordingFile.readAllEvents(file))
                .filteredOn(event -> event.getEventType().getName().equals("dev.errata.Page"))
                .hasSizeGreaterThanOrEqualTo((int) moved - 6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "sim"})
    void goesOnFromStatesThatAreWrittenInto(String device) {
        try (Model first = Model.on(device, 2);
                Model second = Model.on(device, 2);
                StateStore paged = pagedSomewhere(first, 5)) {
            StateStore states = new ResidentStates(second.runs(), second.scope(), null);
            first.step(paged, 1);
            try (Arena arena = Arena.ofConfined()) {
                for (int i = 0; i < SIZES.length; i++) {
                    Parameter from = first.parameters().get(i);
                    Parameter to = second.parameters().get(i);
                    float[] values = new float[SIZES[i]];
                    first.backend().download(from.value(), MemorySegment.ofArray(values));
                    second.backend().upload(MemorySegment.ofArray(values), to.value());
                    for (int part = 0; part < from.format().parts().size(); part++) {
                        states.write(to, part, paged.read(from, part, arena));
                        paged.write(from, part, states.read(to, part, arena));
                    }
                }
            }
            first.step(paged, 2);
            second.step(states, 2);
            assertThat(first.all(paged)).containsExactlyElementsOf(second.all(states));
        }
    }

    @Test
    void leavesNoFileBehind() throws IOException {
        try (Model model = Model.on("cpu", 1);
                PagedStates paged = paged(model, 4)) {
            model.step(paged, 1);
        }
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void namesAPlaceThatCannotBeWrittenTo() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        try (Model model = Model.on("cpu", 1)) {
            PageBudget budget = new PageBudget(4 * PAGE, PAGE);
            assertThatThrownBy(() -> new PagedStates(
                            model.runs(),
                            model.scope(),
                            budget,
                            PageLayout.of(model.runs(), budget),
                            file.resolve("optimizer.pages")))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("file");
        }
    }

    private static float[] random(int count, long stream) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(3, stream, i);
        }
        return values;
    }
}

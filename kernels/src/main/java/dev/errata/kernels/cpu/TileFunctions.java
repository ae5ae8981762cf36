package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.Routine;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The functions of a tile for each number of rows, in some forms, each form made when it is first met: a program that starts needs few of them. */
final class TileFunctions {
    private final int rows;
    private final Function<List<MachineCode>, List<Routine>> loader;
    private final AtomicReferenceArray<Routine[]> made;

    /**
     * @param rows of a tile at most
     * @param loader makes functions of listings
     */
    TileFunctions(int forms, int rows, Function<List<MachineCode>, List<Routine>> loader) {
        this.rows = rows;
        this.loader = loader;
        made = new AtomicReferenceArray<>(forms);
    }

    /** The functions of a form, that of one row first; null until they are made. */
    Routine[] known(int form) {
        return made.get(form);
    }

    /** The same, made now if they aren't yet. A caller asks for {@link #known} ones first: what makes them is an object. */
    synchronized Routine[] make(int form, IntFunction<MachineCode> tile) {
        if (made.get(form) == null) {
            List<MachineCode> codes =
                    IntStream.rangeClosed(1, rows).mapToObj(tile).toList();
            made.set(form, loader.apply(codes).toArray(Routine[]::new));
        }
        return made.get(form);
    }
}

package dev.errata.pipeline.correct;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.WrongPath;
import java.util.List;
import java.util.function.Consumer;

/** Someone who says which step of a wrong path is wrong, why, and how it goes on rightly. */
public interface Corrector extends AutoCloseable {
    /**
     * Corrects wrong paths and hands the corrections on in the order of the paths, each as soon as it and all before it
     * are there.
     *
     * @param wrong all paths that are to be corrected
     * @param done how many of them were corrected before; the first correction is that of {@code wrong.get(done)}
     * @throws dev.errata.tensor.RunFailedException when some could not be had; what was handed on stays
     */
    void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected);

    @Override
    default void close() {}
}

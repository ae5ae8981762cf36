package dev.errata.pipeline.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One piece of what a stage makes. It is there whole or not at all.
 *
 * @param name tells a stage's pieces apart, as an arm's name; the stage's own where there is one piece
 * @param path its file or folder
 * @param there whether it is there
 * @param basis what it is made of, looked at when another run's may be taken for it; null: it is always made here
 */
record StagePiece(String name, Path path, BooleanSupplier there, Supplier<Basis> basis) {
    /** A file. */
    StagePiece(String name, Path file, Supplier<Basis> basis) {
        this(name, file, () -> Files.exists(file), basis);
    }

    /** A file that is made from what is there in no time, so that nobody takes it from elsewhere. */
    static StagePiece madeHere(String name, Path file) {
        return new StagePiece(name, file, null);
    }

    boolean isThere() {
        return there.getAsBoolean();
    }
}

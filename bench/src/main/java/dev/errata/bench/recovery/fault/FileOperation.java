package dev.errata.bench.recovery.fault;

/** What changes something on a disk. */
public enum FileOperation {
    /** A file is opened for writing, new or emptied or to go on. */
    OPEN,
    /** Bytes are written. */
    WRITE,
    /** A file is cut. */
    CUT,
    /** What was written is to reach the disk. */
    FORCE,
    /** A file or a folder gets another name. */
    MOVE,
    /** A file or a folder goes. */
    DELETE,
    /** A folder is made. */
    FOLDER,
    /** A file is copied by the system. */
    COPY;

    /** Whether a full disk refuses it. */
    boolean needsRoom() {
        return switch (this) {
            case OPEN, WRITE, FOLDER, COPY -> true;
            case CUT, FORCE, MOVE, DELETE -> false;
        };
    }
}

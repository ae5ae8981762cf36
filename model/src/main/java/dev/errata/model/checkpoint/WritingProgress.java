package dev.errata.model.checkpoint;

/** Is told how far the writing of a model is, and what its user should know. */
public interface WritingProgress {
    /** One that tells nobody. */
    WritingProgress SILENT = new WritingProgress() {
        @Override
        public void say(String line) {}

        @Override
        public Bytes begin(long expected) {
            return new Bytes() {
                @Override
                public void written(long count) {}

                @Override
                public void finish() {}

                @Override
                public void close() {}
            };
        }
    };

    /** Something to know, in one line. */
    void say(String line);

    /** The writing of about so many bytes begins. */
    Bytes begin(long expected);

    /** Bytes of tensors on their way into files; closed when no more come. */
    interface Bytes extends AutoCloseable {
        /** So many more are written. */
        void written(long count);

        /** All are written, should their expected number have been a guess. */
        void finish();

        @Override
        void close();
    }
}

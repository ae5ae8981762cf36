package dev.errata.pipeline.cli.files;

import dev.errata.model.checkpoint.WritingProgress;
import dev.errata.train.Progress;

/**
 * The writing of a model on stderr, in megabytes.
 *
 * @param name the command's
 */
record WrittenMegabytes(String name, Progress progress) implements WritingProgress {
    private static final long MEGABYTE = 1_000_000;

    @Override
    public void say(String line) {
        progress.say(line);
    }

    @Override
    public Bytes begin(long expected) {
        Progress.Bar bar = progress.begin(name, "MB", 0, expected / MEGABYTE);
        return new Bytes() {
            private long bytes;

            @Override
            public void written(long count) {
                long before = bytes / MEGABYTE;
                bytes += count;
                bar.advance(bytes / MEGABYTE - before);
            }

            @Override
            public void finish() {
                bar.finish();
            }

            @Override
            public void close() {
                bar.close();
            }
        };
    }
}

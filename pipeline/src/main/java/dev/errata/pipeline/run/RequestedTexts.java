package dev.errata.pipeline.run;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.folder.JsonlAppender;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Texts for many requests, written as records in their order, each as soon as it and all before it are there. A text is the
 * same however often the work is interrupted; after a kill those are made again that came before an unfinished one was there.
 *
 * @param requests in the order of the records, one record for each of their samples, and as many of each
 */
record RequestedTexts(List<Request> requests, EngineLimits limits, TextSampling sampling) {
    /** Makes the record of a text. */
    interface Recorder {
        /** @param texts all of the request */
        Object record(int request, int sample, List<Completion> texts);
    }

    /**
     * Writes the file, or what is missing of it; a file under its final name is left as it is.
     *
     * @param source opens the model, where there is something left to write
     */
    void write(Path file, LoopRun run, Supplier<TextModel> source, String name, String unit, Recorder recorder) {
        if (Files.exists(file)) {
            return;
        }
        StopSignal stop = run.surroundings().stop();
        stop.check();
        int samples = requests.isEmpty() ? 1 : requests.getFirst().samples();
        int total = requests.size() * samples;
        try (JsonlAppender records = JsonlAppender.open(file)) {
            if (records.count() < total) {
                int begin = records.count() / samples;
                Progress progress = run.surroundings().progress();
                try (TextModel model = source.get();
                        Progress.Bar bar = progress.begin(name, unit, records.count(), total)) {
                    TextModel.Texts texts = new Appending(begin, samples, records, recorder, stop, name, progress, bar);
                    model.complete(requests.subList(begin, requests.size()), sampling, limits, texts);
                }
            }
            records.finish();
        }
    }

    /** Appends records, but for those that are there. */
    private record Appending(
            int begin,
            int samples,
            JsonlAppender records,
            Recorder recorder,
            StopSignal stop,
            String name,
            Progress progress,
            Progress.Bar bar)
            implements TextModel.Texts {
        @Override
        public void written(int place, List<Completion> texts) {
            int request = begin + place;
            int already = records.count() - request * samples;
            records.append(IntStream.range(already, samples)
                    .mapToObj(sample -> recorder.record(request, sample, texts))
                    .toList());
            bar.advance(samples - already);
        }

        @Override
        public void noted(String line) {
            progress.say(name + ": " + line);
        }

        @Override
        public void goesOn() {
            stop.check();
        }
    }
}

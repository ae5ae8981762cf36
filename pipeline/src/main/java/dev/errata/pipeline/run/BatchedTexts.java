package dev.errata.pipeline.run;

import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts for many requests, written as records batch by batch. The batches are the same ones however often the work is
 * interrupted, since the texts of a batch may depend on its company; after a kill at most one is made again.
 *
 * @param requests in the order of the records
 */
record BatchedTexts(List<Request> requests, int batchSize, TextSampling sampling) {
    /** Makes the record of a request from its text. */
    interface Recorder {
        Object record(int index, Completion completion);
    }

    /** Writes the file, or what is missing of it; a file under its final name is left as it is. */
    void write(Path file, LoopRun run, ModelChoice choice, String name, String unit, Recorder recorder) {
        if (Files.exists(file)) {
            return;
        }
        StopSignal stop = run.surroundings().stop();
        stop.check();
        try (JsonlAppender records = JsonlAppender.open(file)) {
            if (records.count() < requests.size()) {
                Progress progress = run.surroundings().progress();
                try (TextModel model = run.engine().open(choice);
                        Progress.Bar bar = progress.begin(name, unit, records.count(), requests.size())) {
                    for (int begin = records.count() / batchSize * batchSize;
                            begin < requests.size();
                            begin += batchSize) {
                        stop.check();
                        int already = records.count() - begin;
                        records.append(batch(begin, already, model, recorder));
                        bar.advance(records.count() - begin - already);
                    }
                }
            }
            records.finish();
        }
    }

    private List<Object> batch(int begin, int already, TextModel model, Recorder recorder) {
        List<Request> batch = requests.subList(begin, Math.min(begin + batchSize, requests.size()));
        List<Completion> texts = model.complete(batch, sampling);
        List<Object> made = new ArrayList<>();
        for (int i = already; i < batch.size(); i++) {
            made.add(recorder.record(begin + i, texts.get(i)));
        }
        return made;
    }
}

package dev.errata.pipeline.run;

import dev.errata.pipeline.correct.CorrectionFilter;
import dev.errata.pipeline.correct.Corrector;
import dev.errata.pipeline.correct.Rejection;
import dev.errata.pipeline.correct.WrongPath;
import dev.errata.pipeline.record.Correction;
import dev.errata.train.StopSignal;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model of this engine as corrector: greedy, in batches that are the same ones however often the work is interrupted.
 */
final class LocalCorrector implements Corrector {
    static final String NAME = "local";

    private final TextModel model;
    private final TextSampling sampling;
    private final int batchSize;
    private final CorrectionFilter filter;
    private final StopSignal stop;

    LocalCorrector(TextModel model, int maxNewTokens, int batchSize, CorrectionFilter filter, StopSignal stop) {
        this.model = model;
        this.sampling = TextSampling.greedy(maxNewTokens, List.of("\nQuestion:"));
        this.batchSize = batchSize;
        this.filter = filter;
        this.stop = stop;
    }

    @Override
    public void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected) {
        for (int begin = done / batchSize * batchSize; begin < wrong.size(); begin += batchSize) {
            stop.check();
            List<WrongPath> batch = wrong.subList(begin, Math.min(begin + batchSize, wrong.size()));
            List<Completion> texts =
                    model.complete(batch.stream().map(this::request).toList(), sampling);
            for (int i = Math.max(0, done - begin); i < batch.size(); i++) {
                corrected.accept(judged(batch.get(i), texts.get(i)));
            }
        }
    }

    /** A model that rambles on after a whole correction was not cut off in it. */
    private Correction judged(WrongPath wrong, Completion said) {
        return said.finish().equals("length") && !filter.task().corrections().isClosed(said.text())
                ? CorrectionFilter.rejected(wrong.path(), NAME, said.text(), Rejection.CUT_OFF_BY_ENGINE)
                : filter.judge(NAME, wrong, said.text());
    }

    /** Greedy texts need no random numbers: the key's seed stays 0. */
    private Request request(WrongPath wrong) {
        return new Request(
                filter.prompt(wrong),
                new RandomKey(0, wrong.problem().id(), wrong.path().sample()));
    }

    @Override
    public void close() {
        model.close();
    }
}

package dev.errata.pipeline.correct;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.WrongPath;
import dev.errata.train.StopSignal;
import java.util.List;
import java.util.function.Consumer;

/** A model of this engine as corrector: greedy. */
public final class LocalCorrector implements Corrector {
    private static final String NAME = "local";

    private final TextModel model;
    private final TextSampling sampling;
    private final EngineLimits limits;
    private final CorrectionFilter filter;
    private final StopSignal stop;

    /** @param model is closed with the corrector */
    public LocalCorrector(
            TextModel model, int maxNewTokens, EngineLimits limits, CorrectionFilter filter, StopSignal stop) {
        this.model = model;
        this.sampling = TextSampling.greedy(maxNewTokens, List.of("\nQuestion:"));
        this.limits = limits;
        this.filter = filter;
        this.stop = stop;
    }

    @Override
    public void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected) {
        List<WrongPath> left = wrong.subList(done, wrong.size());
        List<Request> requests = left.stream().map(this::request).toList();
        stop.check();
        model.complete(requests, sampling, limits, new TextModel.Texts() {
            @Override
            public void written(int place, List<Completion> texts) {
                corrected.accept(judged(left.get(place), texts.getFirst()));
            }

            @Override
            public void goesOn() {
                stop.check();
            }
        });
    }

    /** A model that rambles on after a whole correction was not cut off in it. */
    private Correction judged(WrongPath wrong, Completion said) {
        return said.finish().equals("length") && !filter.task().corrections().isClosed(said.text())
                ? CorrectionFilter.rejected(wrong.path(), NAME, said.text(), Rejection.CUT_OFF_BY_ENGINE)
                : filter.judge(NAME, wrong, said.text());
    }

    /** Greedy texts need no random numbers: the seed stays 0. */
    private Request request(WrongPath wrong) {
        return new Request(filter.prompt(wrong), 0, 1);
    }

    @Override
    public void close() {
        model.close();
    }
}

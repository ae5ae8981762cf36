package dev.errata.pipeline.run;

import java.util.List;

/** A model that continues prompts. */
public interface TextModel extends AutoCloseable {
    /**
     * One text for each request, in order. The random numbers of a text depend on its request's key alone; the same batch
     * gives the same texts.
     */
    List<Completion> complete(List<Request> batch, TextSampling sampling);

    @Override
    void close();
}

package dev.errata.pipeline.engine;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import jdk.jfr.FlightRecorder;

/** A backend whose operators are events of Java Flight Recorder. */
final class RecordedBackend implements ForwardingBackend {
    private final Backend inner;

    private RecordedBackend(Backend inner) {
        this.inner = inner;
    }

    /** The backend itself where nobody has begun to record, so that it costs nothing then. */
    static Backend around(Backend backend) {
        return FlightRecorder.isInitialized() ? new RecordedBackend(backend) : backend;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    @Override
    public void run(Op op) {
        OperatorEvent event = new OperatorEvent();
        event.begin();
        inner.run(op);
        event.end();
        if (event.shouldCommit()) {
            event.operator = op.getClass().getSimpleName();
            event.output = Accesses.of(op).writes().getFirst().toString();
            event.commit();
        }
    }
}

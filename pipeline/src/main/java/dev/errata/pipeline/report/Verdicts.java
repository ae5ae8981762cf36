package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Correction;

/** The filter's verdict on a correction, in words. */
final class Verdicts {
    private Verdicts() {}

    static String reason(Correction correction) {
        return correction.reason() == null || correction.reason().isBlank() ? "no reason given" : correction.reason();
    }

    static String of(Correction correction) {
        return correction.kept() ? "Kept" : "Rejected: " + Texts.shortened(reason(correction), 300);
    }
}

/** TensorBoard's event files, written by hand: records of TFRecord's framing that hold scalar summaries. */
package dev.errata.pipeline.report.events;

package dev.errata.model.file;

import dev.errata.quant.ggml.GgmlType;
import dev.errata.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A tensor of a GGUF file.
 *
 * @param shape in Hugging Face's order, as [out, in]: the file's dimensions reversed
 * @param data its blocks, row after row
 */
public record GgufTensor(String name, GgmlType type, Shape shape, MemorySegment data) {}

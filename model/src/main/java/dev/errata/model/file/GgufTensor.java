package dev.errata.model.file;

import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.MemorySegment;

/**
 * A tensor of a GGUF file.
 *
 * @param shape in Hugging Face's order, as [out, in]: the file's dimensions reversed
 * @param data its blocks, row after row
 */
public record GgufTensor(String name, GgmlType type, Shape shape, MemorySegment data) {}

package dev.errata.model.adapter;

import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;

/** The shapes of an adapter, for planning memory; elements are undefined. */
record ShapedTensors(Scope scope) implements AdapterTensors {
    @Override
    public Tensor a(String module, int rank, int in) {
        return scope.f32(module + ".lora_A", rank, in);
    }

    @Override
    public Tensor b(String module, int out, int rank) {
        return scope.f32(module + ".lora_B", out, rank);
    }

    @Override
    public Tensor embeddingA(String module, int vocabulary, int rank) {
        return scope.f32(module + ".lora_embedding_A", vocabulary, rank);
    }

    @Override
    public Tensor embeddingB(String module, int hidden, int rank) {
        return scope.f32(module + ".lora_embedding_B", hidden, rank);
    }

    @Override
    public Tensor magnitude(LinearLayer layer, LoraLayer lora) {
        return scope.f32(layer.name() + ".lora_magnitude_vector", layer.weight().out());
    }

    @Override
    public Tensor whole(String name, boolean adapted, Shape shape) {
        return scope.f32(name, shape.toArray());
    }

    @Override
    public Tensor base(String name, Shape shape) {
        return null;
    }

    @Override
    public void requireNoOthers() {}
}

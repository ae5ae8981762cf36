package dev.errata.model.adapter;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;

/**
 * A new adapter as PEFT begins one: A uniform within ±1/√in, which is Kaiming's initialization with a = √5, and B zero; of
 * an embedding A zero and B normal; magnitudes the lengths that the rows have; whole tensors as the model has them.
 */
record NewTensors(Decoder decoder, long seed, Scope scope) implements AdapterTensors {
    @Override
    public Tensor a(String module, int rank, int in) {
        float[] values = new float[Math.multiplyExact(rank, in)];
        double bound = 1 / Math.sqrt(in);
        long stream = Philox.stream("lora_A", module);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((2 * Philox.uniformDouble(seed, stream, i) - 1) * bound);
        }
        return scope.floats(module + ".lora_A", values, rank, in);
    }

    @Override
    public Tensor b(String module, int out, int rank) {
        return scope.zeros(module + ".lora_B", out, rank);
    }

    @Override
    public Tensor embeddingA(String module, int vocabulary, int rank) {
        return scope.zeros(module + ".lora_embedding_A", vocabulary, rank);
    }

    @Override
    public Tensor embeddingB(String module, int hidden, int rank) {
        float[] values = new float[Math.multiplyExact(hidden, rank)];
        long stream = Philox.stream("lora_embedding_B", module);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Philox.normal(seed, stream, i);
        }
        return scope.floats(module + ".lora_embedding_B", values, hidden, rank);
    }

    @Override
    public Tensor magnitude(LinearLayer layer, LoraLayer lora) {
        Tensor lengths = scope.f32(
                layer.name() + ".lora_magnitude_vector", layer.weight().out());
        scope.backend().run(new Op.LoraRowNorm(layer.weight(), lora.a(), lora.b(), lora.scale(), lengths));
        return lengths;
    }

    @Override
    public Tensor whole(String name, boolean adapted, Shape shape) {
        return decoder.copy(name, scope);
    }

    @Override
    public Tensor base(String name, Shape shape) {
        return null;
    }

    @Override
    public void requireNoOthers() {}
}

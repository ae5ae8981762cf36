package dev.errata.model.adapter;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tensors of an adapter that stand in the place of the model's own, by their names in the checkpoint.
 *
 * @param trained modules to save, and biases
 * @param kept embedding and output layer where the adapter brought them along; they stay as they are
 * @param tiesOutput whether the embedding, trained, is the output layer's weight too
 */
public record WholeTensors(Map<String, Tensor> trained, Map<String, Tensor> kept, boolean tiesOutput) {
    /** All of them; the output layer's too where it is tied. */
    public Map<String, Tensor> all() {
        Map<String, Tensor> all = new LinkedHashMap<>(kept);
        all.putAll(trained);
        if (tiesOutput) {
            all.put(DecoderLayout.LM_HEAD, trained.get(DecoderLayout.EMBEDDING));
        }
        return all;
    }

    /** Whether embedding and output layer are one tensor here. */
    boolean bringsBothAsOne() {
        Map<String, Tensor> all = all();
        Tensor embedding = all.get(DecoderLayout.EMBEDDING);
        return embedding != null && embedding == all.get(DecoderLayout.LM_HEAD);
    }

    /** The same with others in the place of the trained ones. */
    WholeTensors withTrained(IdentityHashMap<Tensor, Tensor> moved) {
        Map<String, Tensor> others = new LinkedHashMap<>();
        trained.forEach((name, tensor) -> others.put(name, moved.get(tensor)));
        return new WholeTensors(others, kept, tiesOutput);
    }

    void replace(Decoder decoder) {
        all().forEach(decoder::replace);
    }
}

package dev.errata.model.checkpoint;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.weights.FourBitSpec;
import java.nio.file.Path;

/** Opens models to compute with, in f32, on a backend of its choice. */
public interface ModelOpener {
    /**
     * @param quantization how linear layers are quantized on loading; null: weights as they are
     */
    Opened open(Path model, FourBitSpec quantization);

    /** A decoder that is ready; closed with all it stands on. */
    interface Opened extends AutoCloseable {
        Decoder decoder();

        @Override
        void close();
    }
}

package dev.errata.pipeline.engine;

import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.checkpoint.ModelOpener;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Scope;
import dev.errata.train.KeyValueRoom;
import dev.errata.train.MemoryBudget;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;

/** A decoder that is ready for use, with its backend and its adapter if it has one. */
public final class OpenModel implements ModelOpener.Opened {
    private final Backend backend;
    private final Decoder decoder;
    private final Scope scope;
    private final LoraAdapter adapter;
    private final List<String> notes;
    private final MemoryBudget memory;

    /**
     * A model as it is stored, computed in f32 on the CPU with all its threads.
     *
     * @param adapter a PEFT folder, or null
     */
    public static OpenModel open(Path model, Path adapter) {
        return open(model, null, Precision.F32, adapter, new Hardware(0, null));
    }

    /**
     * @param quantization null: weights as they are
     * @param precision what is computed in bf16
     * @param adapter a PEFT folder, or null
     */
    public static OpenModel open(
            Path model, FourBitSpec quantization, Precision precision, Path adapter, Hardware hardware) {
        return open(
                model,
                hardware,
                (source, backend) -> Decoder.load(source.config(), source.weights(), backend, quantization, precision),
                adapter);
    }

    /** The same for gradients by all its weights, which are F32 then but for those in 4 bits. */
    public static OpenModel openTrainable(Path model, Precision precision, Hardware hardware) {
        return open(
                model,
                hardware,
                (source, backend) -> Decoder.loadTrainable(source.config(), source.weights(), backend, precision),
                null);
    }

    private static OpenModel open(
            Path model, Hardware hardware, BiFunction<ModelSource, Backend, Decoder> load, Path adapter) {
        ModelSource source = ModelSource.open(model);
        Backend backend = null;
        try {
            backend = backend(hardware);
            return new OpenModel(
                    source.notes(), backend, load.apply(source, backend), adapter, MemoryBudget.of(hardware.device()));
        } catch (RuntimeException e) {
            source.close();
            if (backend != null) {
                backend.close();
            }
            throw e;
        }
    }

    private OpenModel(List<String> notes, Backend backend, Decoder decoder, Path adapterFolder, MemoryBudget memory) {
        this.memory = memory;
        this.backend = backend;
        this.notes = notes;
        this.decoder = decoder;
        this.scope = new Scope("adapter", backend);
        this.adapter = adapterFolder == null ? null : LoraAdapter.read(adapterFolder, decoder, scope);
        if (adapter != null) {
            adapter.attach(decoder);
        }
    }

    /**
     * Puts an adapter on the model under a name, beside others; requests ask for it.
     *
     * @param folder a PEFT folder
     * @throws dev.errata.tensor.BadInputException if it doesn't fit the model, or replaces tensors that all requests share
     */
    public void attach(String name, Path folder) {
        LoraAdapter.read(folder, decoder, scope).attach(decoder, name, folder.toString());
    }

    /** The backend that an option or the machine asks for. */
    public static Backend backend(Hardware hardware) {
        int threads = hardware.threads() > 0
                ? hardware.threads()
                : Runtime.getRuntime().availableProcessors();
        return RecordedBackend.around(Backends.choose(hardware.device(), threads));
    }

    @Override
    public Decoder decoder() {
        return decoder;
    }

    /** The memory for keys and values beside the weights. */
    public KeyValueRoom keyValueRoom() {
        return KeyValueRoom.beside(decoder, memory);
    }

    /** What the user should be told of the model, a line each. */
    public List<String> notes() {
        return notes;
    }

    /** The adapter, or null. */
    public LoraAdapter adapter() {
        return adapter;
    }

    @Override
    public void close() {
        scope.close();
        decoder.close();
        backend.close();
    }
}

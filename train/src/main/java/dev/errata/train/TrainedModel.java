package dev.errata.train;

import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.adapter.SavedModules;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.WeightSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.train.config.LoraConfig;
import dev.errata.train.config.QuantizationConfig;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.optimizer.FlatLayout;
import dev.errata.train.optimizer.FlatTensors;
import dev.errata.train.optimizer.Optimizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model in training: the decoder, what of it is trained, and how that is saved. Either all weights, or a LoRA adapter
 * on frozen ones.
 *
 * @param adapter null with full fine-tuning
 * @param values the tensors to train, by the names under which they are saved
 * @param scope holds them; closed with this
 */
record TrainedModel(ModelSource source, Decoder decoder, LoraAdapter adapter, FlatTensors values, Scope scope)
        implements AutoCloseable {
    static TrainedModel open(TrainConfig config, ModelSource source, Backend backend) {
        TrainSettings settings = config.settings();
        if (settings.fullFineTuning()) {
            if (ModelSource.isGguf(config.model())) {
                throw new BadInputException(
                        "all weights of a GGUF file are not trained by this version",
                        config.model().toString(),
                        "give a folder with config.json and safetensors, or train a LoRA adapter");
            }
            requireNoFourBit(source);
            return wholly(settings, source, backend);
        }
        Decoder decoder = Decoder.load(
                source.config(), source.weights(), backend, spec(settings.quantization()), precision(settings));
        Scope scope = new Scope("adapter", backend);
        try {
            LoraAdapter read = settings.adapter() != null
                    ? LoraAdapter.read(settings.adapter(), decoder, scope)
                    : LoraAdapter.create(decoder, lora(config.model(), settings), config.seed(), scope);
            FlatTensors values = FlatTensors.taking(read.tensors(), Optimizer.of(settings.optimizer()), scope);
            LoraAdapter adapter = read.with(values.byName());
            adapter.attach(decoder);
            return new TrainedModel(source, decoder, adapter, values, scope);
        } catch (RuntimeException e) {
            scope.close();
            decoder.close();
            throw e;
        }
    }

    private static void requireNoFourBit(ModelSource source) {
        for (String name : DecoderLayout.tensors(source.config()).keySet()) {
            if (source.weights().isFourBit(name, null)) {
                throw new BadInputException(
                        "tensor " + name + " is stored in 4 bits, which full_fine_tuning can't change",
                        "full_fine_tuning",
                        "train a LoRA adapter, or give the checkpoint that dequantize makes of it");
            }
        }
    }

    private static TrainedModel wholly(TrainSettings settings, ModelSource source, Backend backend) {
        Scope scope = new Scope("trained", backend);
        try {
            FlatTensors values = FlatTensors.values(layout(source.config(), settings), scope);
            WeightSource weights = new TrainableWeights(source.weights(), values);
            Decoder decoder = Decoder.loadTrainable(source.config(), weights, backend, precision(settings));
            return new TrainedModel(source, decoder, null, values, scope);
        } catch (RuntimeException e) {
            scope.close();
            throw e;
        }
    }

    /** Where all tensors of a model lie that is trained wholly. */
    static FlatLayout layout(ModelConfig config, TrainSettings settings) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        DecoderLayout.tensors(config).forEach((name, dims) -> shapes.put(name, Shape.of(dims)));
        return FlatLayout.of(shapes, Optimizer.of(settings.optimizer()));
    }

    /** The quantization of a config as the decoder takes it; null for null. */
    static FourBitSpec spec(QuantizationConfig config) {
        return config == null ? null : config.spec();
    }

    /** In what a config has the decoder compute. */
    static Precision precision(TrainSettings settings) {
        return new Precision(type(settings.dtype()), type(settings.activations()), true);
    }

    private static DType type(String name) {
        return name.equals("bf16") ? DType.BF16 : DType.F32;
    }

    /** A new adapter's config as PEFT saves it. */
    static LoraSpec lora(Path model, TrainSettings settings) {
        LoraConfig lora = settings.lora();
        SavedModules saved = new SavedModules(lora.modulesToSave(), "none", false);
        return LoraSpec.plain(
                        model.getFileName().toString(),
                        lora.r(),
                        lora.loraAlpha(),
                        lora.loraDropout(),
                        lora.targetModules(),
                        "lora.target_modules")
                .withRslora(lora.useRslora())
                .withDora(lora.useDora())
                .withSaved(saved);
    }

    /** Where the result of a training goes. */
    static Path result(TrainConfig config) {
        return config.output().resolve(config.settings().fullFineTuning() ? "model" : "adapter");
    }

    /** The file whose presence under its final name says that a training is finished. */
    static Path resultFile(TrainConfig config) {
        return result(config).resolve(config.settings().fullFineTuning() ? FullModel.WEIGHTS : AdapterFolder.WEIGHTS);
    }

    void save(TrainConfig config) {
        saveTo(result(config));
    }

    /** Saves the adapter or the model as it is into a folder of its own. */
    void saveTo(Path folder) {
        if (adapter == null) {
            FullModel.save(folder, decoder, source);
        } else {
            adapter.save(folder, decoder);
        }
    }

    @Override
    public void close() {
        scope.close();
        decoder.close();
    }
}

package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.Backends;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** {@code inspect}: what a model's files hold, read from their heads alone. */
@picocli.CommandLine.Command(
        name = "inspect",
        description = {
            "Show a model's or an adapter's config and its tensors, and which units of this processor would multiply with a",
            "model's weights in bf16 and in int8."
        },
        footer = {"", "Example:", "  errata inspect configs/demo/errata-2m"})
public final class InspectCommand implements Command {
    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "a folder of a model or adapter, a .gguf file or a .safetensors file")
    private Path model;

    /**
     * What it prints.
     *
     * @param products null for what is no model
     */
    private record Inspection(@JsonUnwrapped Inventory inventory, ProductUnits products) {}

    @Override
    public void run(Session session) {
        Inventory inventory = Inventory.read(model);
        ProductUnits products = inventory.isModel()
                ? ProductUnits.of(
                        inventory, Backends.provider(session.hardware().device()))
                : null;
        session.result(
                new Inspection(inventory, products),
                inventory.text() + (products == null ? "" : "\n" + products.text()));
    }
}

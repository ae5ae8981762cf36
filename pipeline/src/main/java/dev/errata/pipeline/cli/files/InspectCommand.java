package dev.errata.pipeline.cli.files;

import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** {@code inspect}: what a model's files hold, read from their heads alone. */
@picocli.CommandLine.Command(
        name = "inspect",
        description = "Show a model's or an adapter's config and its tensors.",
        footer = {"", "Example:", "  errata inspect configs/demo/errata-2m"})
public final class InspectCommand implements Command {
    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "a folder of a model or adapter, a .gguf file or a .safetensors file")
    private Path model;

    @Override
    public void run(Session session) {
        Inventory inventory = Inventory.read(model);
        session.result(inventory, inventory.text());
    }
}

package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What lies beside a model's config and weights and belongs to its folder: tokenizer, chat templates, generation config. */
public final class CompanionFiles {
    private static final List<String> NAMES = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja",
            "chat_template.json");

    private static final String TEMPLATES = "additional_chat_templates";

    private CompanionFiles() {}

    /**
     * Copies those that are there.
     *
     * @throws BadInputException if one can't be read or is a Git LFS pointer
     */
    public static void copy(Path from, Path to) {
        for (String name : NAMES) {
            copyOne(from.resolve(name), to.resolve(name));
        }
        Path templates = from.resolve(TEMPLATES);
        if (!Files.isDirectory(templates)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(templates, "*.jinja")) {
            for (Path file : files) {
                copyOne(file, to.resolve(TEMPLATES).resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new BadInputException("can't be read", templates.toString(), "check its permissions", e);
        }
    }

    private static void copyOne(Path from, Path to) {
        if (!Files.isRegularFile(from)) {
            return;
        }
        LfsPointer.refuse(from);
        try {
            AtomicFile.copy(from, to);
        } catch (IOException e) {
            throw new BadInputException("can't be read", from.toString(), "check its permissions", e);
        }
    }
}

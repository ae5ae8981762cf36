package dev.errata.bench.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where a command keeps what it has done, so that the same command again goes on with the rest.
 *
 * @param card of a result
 */
public record ResultFile<R>(Path path, Class<R> type, Function<R, GpuCard> card) {
    private static final String REMEDY = "name another --output, or remove that file";

    /**
     * What was done before; empty where there is no such file.
     *
     * @throws BadInputException if it is of another device, driver or version, or none of ours
     */
    public Optional<R> read(GpuCard now) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        R before = parsed();
        if (!card.apply(before).equals(now)) {
            throw new BadInputException(
                    "the results are of another device, driver or version: "
                            + card.apply(before).line(),
                    path.toString(),
                    REMEDY);
        }
        return Optional.of(before);
    }

    private R parsed() {
        try {
            R before = Json.MAPPER.readValue(Files.readString(path), type);
            if (before == null || card.apply(before) == null) {
                throw new BadInputException("no results of this command", path.toString(), REMEDY);
            }
            return before;
        } catch (JsonProcessingException e) {
            throw new BadInputException("no results of this command and version", path.toString(), REMEDY, e);
        } catch (IOException e) {
            throw new BadInputException("can't be read", path.toString(), "check its permissions", e);
        }
    }

    /** Keeps a result, whole or as it was. */
    public R write(R result) {
        AtomicFile.write(path, Json.page(result));
        return result;
    }
}

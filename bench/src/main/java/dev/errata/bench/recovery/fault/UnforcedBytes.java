package dev.errata.bench.recovery.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** From which byte on each file holds what would be lost if the power went now. Files that aren't known hold nothing such. */
final class UnforcedBytes {
    private final Map<Path, Long> from = new HashMap<>();

    void written(Path file, long position) {
        from.merge(file.toAbsolutePath(), position, Math::min);
    }

    void forced(Path file) {
        from.remove(file.toAbsolutePath());
    }

    /** A file that is empty now. */
    void gone(Path file) {
        from.remove(file.toAbsolutePath());
    }

    /** A file or a folder with all that is in it. */
    void moved(Path old, Path now) {
        Path source = old.toAbsolutePath();
        Path target = now.toAbsolutePath();
        Map<Path, Long> moving = new HashMap<>();
        from.forEach((file, byteAt) -> {
            if (file.startsWith(source)) {
                moving.put(file, byteAt);
            }
        });
        from.keySet().removeAll(moving.keySet());
        from.remove(target);
        moving.forEach((file, byteAt) ->
                from.put(file.equals(source) ? target : target.resolve(source.relativize(file)), byteAt));
    }

    /** Takes a random part of them away: cut off, or zeros in their place. */
    void lose(Random random) throws IOException {
        for (Path file : from.keySet().stream().sorted().toList()) {
            if (!Files.exists(file)) {
                continue;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                long size = channel.size();
                long first = Math.min(from.get(file), size);
                long left = first + (long) (random.nextDouble() * (size - first + 1));
                boolean zeros = random.nextInt(4) == 0;
                channel.truncate(left);
                if (zeros && left < size) {
                    channel.write(ByteBuffer.allocate((int) (size - left)), left);
                }
            }
        }
    }
}

package dev.errata.pipeline.report.events;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of an event file: a record for each event, framed as TFRecord does it (length, its checksum, the message, its
 * checksum). The messages are {@code Event}s of TensorFlow's event.proto with a {@code Summary} of one simple value.
 */
final class EventFile {
    /** What the first event says; readers refuse files without it. */
    private static final String VERSION = "brain.Event:2";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    EventFile() {
        record(new ProtobufMessage().float64(1, 0).text(3, VERSION));
    }

    /**
     * Adds a value.
     *
     * @param tag what is measured
     * @param seconds on the clock that TensorBoard calls wall time
     */
    void scalar(String tag, long step, double seconds, double value) {
        ProtobufMessage named = new ProtobufMessage().text(1, tag).float32(2, (float) value);
        ProtobufMessage summary = new ProtobufMessage().message(1, named);
        record(new ProtobufMessage().float64(1, seconds).int64(2, step).message(5, summary));
    }

    private void record(ProtobufMessage event) {
        byte[] message = event.toBytes();
        byte[] length = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(message.length)
                .array();
        out.writeBytes(length);
        out.writeBytes(checksum(length));
        out.writeBytes(message);
        out.writeBytes(checksum(message));
    }

    /** CRC-32C, rotated and shifted, so that a record within a record has no checksum that fits by chance. */
    private static byte[] checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xA282EAD8;
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(masked)
                .array();
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}

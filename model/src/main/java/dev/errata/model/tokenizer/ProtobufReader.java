package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of one protobuf message in the order stored (wire format of protobuf.dev/programming-guides/encoding).
 * Call {@link #next}, then exactly one of the value methods or {@link #skip}.
 */
final class ProtobufReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteBuffer in;
    private final String where;
    private int wireType;

    ProtobufReader(ByteBuffer message, String where) {
        in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
        this.where = where;
    }

    /** The number of the next field, or 0 at the end. */
    int next() {
        if (!in.hasRemaining()) {
            return 0;
        }
        long tag = readVarint();
        wireType = (int) (tag & 7);
        long field = tag >>> 3;
        if (field < 1 || field > 0x1FFFFFFF) {
            throw broken();
        }
        return (int) field;
    }

    long varint() {
        expect(VARINT);
        return readVarint();
    }

    boolean flag() {
        return varint() != 0;
    }

    float fixed32() {
        expect(FIXED32);
        return Float.intBitsToFloat(take(4).getInt());
    }

    String text() {
        return StandardCharsets.UTF_8.decode(bytes()).toString();
    }

    ProtobufReader message() {
        return new ProtobufReader(bytes(), where);
    }

    ByteBuffer bytes() {
        expect(BYTES);
        return take(readVarint());
    }

    void skip() {
        switch (wireType) {
            case VARINT -> readVarint();
            case FIXED64 -> take(8);
            case BYTES -> take(readVarint());
            case FIXED32 -> take(4);
            default -> throw broken();
        }
    }

    private long readVarint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = take(1).get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw broken();
    }

    private ByteBuffer take(long length) {
        if (length < 0 || length > in.remaining()) {
            throw broken();
        }
        ByteBuffer taken = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) length);
        return taken;
    }

    private void expect(int wanted) {
        if (wireType != wanted) {
            throw broken();
        }
    }

    private BadInputException broken() {
        return new BadInputException("not a whole SentencePiece model", where, "get the file again");
    }
}

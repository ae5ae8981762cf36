package dev.errata.tensor.ggml;

import dev.errata.tensor.BadInputException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Element types of GGUF files that can be read, with the ids of ggml's {@code enum ggml_type}. */
public enum GgmlType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ4_NL(20, 32, 18),
    IQ4_XS(23, 256, 136),
    BF16(30, 1, 2);

    /** Names of ids that other programs write, so that a refusal can say what was found. */
    private static final String[] NAMES = {
        "F32",
        "F16",
        "Q4_0",
        "Q4_1",
        "Q4_2",
        "Q4_3",
        "Q5_0",
        "Q5_1",
        "Q8_0",
        "Q8_1",
        "Q2_K",
        "Q3_K",
        "Q4_K",
        "Q5_K",
        "Q6_K",
        "Q8_K",
        "IQ2_XXS",
        "IQ2_XS",
        "IQ3_XXS",
        "IQ1_S",
        "IQ4_NL",
        "IQ3_S",
        "IQ2_S",
        "IQ4_XS",
        "I8",
        "I16",
        "I32",
        "I64",
        "F64",
        "IQ1_M",
        "BF16",
        "Q4_0_4_4",
        "Q4_0_4_8",
        "Q4_0_8_8",
        "TQ1_0",
        "TQ2_0",
        "IQ4_NL_4_4",
        "IQ4_NL_4_8",
        "IQ4_NL_8_8",
        "MXFP4"
    };

    private final int id;
    private final int blockSize;
    private final int blockBytes;

    GgmlType(int id, int blockSize, int blockBytes) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The number that stands for the type in a file. */
    public int id() {
        return id;
    }

    /** Elements of a block; blocks run along rows. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /**
     * The type with that id.
     *
     * @param where the file and tensor, for the error
     * @throws BadInputException if it is none of these; it names the type
     */
    public static GgmlType of(int id, String where) {
        for (GgmlType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        String name = id >= 0 && id < NAMES.length ? NAMES[id] : "with number " + Integer.toUnsignedString(id);
        String known = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
        throw new BadInputException("ggml type " + name + " is not supported", where, "use a file with " + known);
    }
}

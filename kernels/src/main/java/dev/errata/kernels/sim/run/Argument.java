package dev.errata.kernels.sim.run;

import dev.errata.tensor.BadInputException;
import java.lang.foreign.MemorySegment;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a kernel is given for one of its parameters. */
public sealed interface Argument {
    /** A number; its bits are in the lower {@code type.bytes()}. */
    record Scalar(ElementType type, long bits) implements Argument {}

    /** Device memory of so many elements, each of these bits at first, or unwritten where that is null. */
    record Buffer(ElementType type, long elements, Long filled) implements Argument {}

    /** Device memory that holds these bytes at first. */
    record Data(MemorySegment bytes) implements Argument {}

    /** The tensor of this name in a file, which the caller makes {@link Data} of. */
    record InFile(String file, String tensor) implements Argument {}

    /** The words that tell what can be written. */
    String FORMS = "write TYPE:VALUE, TYPE[N], TYPE[N]=VALUE or FILE.safetensors:NAME;"
            + " types are u8 s8 u16 s16 u32 s32 u64 s64 f16 bf16 f32 f64";

    Pattern BUFFER = Pattern.compile("(\\w+)\\[(\\d{1,12})](?:=(.+))?");
    Pattern SCALAR = Pattern.compile("(\\w+):(.+)");
    Pattern FILE = Pattern.compile("(.+\\.safetensors):(.+)");

    /**
     * Reads {@code u32:7}, {@code f32[1024]}, {@code f32[1024]=0} or {@code FILE.safetensors:NAME}.
     *
     * @throws BadInputException if it is none of these
     */
    static Argument parse(String spec) {
        Matcher file = FILE.matcher(spec);
        if (file.matches()) {
            return new InFile(file.group(1), file.group(2));
        }
        Matcher buffer = BUFFER.matcher(spec);
        if (buffer.matches()) {
            ElementType type = type(spec, buffer.group(1));
            long elements = Long.parseLong(buffer.group(2));
            if (elements < 1) {
                throw new BadInputException("a buffer of no elements", "--arg " + spec, "give it one at least");
            }
            return new Buffer(type, elements, buffer.group(3) == null ? null : bits(spec, type, buffer.group(3)));
        }
        Matcher scalar = SCALAR.matcher(spec);
        if (scalar.matches()) {
            ElementType type = type(spec, scalar.group(1));
            return new Scalar(type, bits(spec, type, scalar.group(2)));
        }
        throw new BadInputException("not an argument", "--arg " + spec, FORMS);
    }

    private static ElementType type(String spec, String name) {
        ElementType type = ElementType.named(name);
        if (type == null) {
            throw new BadInputException("no type " + name, "--arg " + spec, FORMS);
        }
        return type;
    }

    private static long bits(String spec, ElementType type, String text) {
        try {
            return type.bits(text);
        } catch (NumberFormatException e) {
            throw new BadInputException(text + " is no " + type, "--arg " + spec, "give a number of that type", e);
        }
    }
}

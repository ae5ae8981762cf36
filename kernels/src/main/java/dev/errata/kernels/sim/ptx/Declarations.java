package dev.errata.kernels.sim.ptx;

import java.util.ArrayList;
import java.util.List;

/** Reads declarations of variables, from behind their space to the semicolon: alignment, type, names, sizes, values. */
final class Declarations {
    private Declarations() {}

    static Variable.Space space(String directive) {
        return switch (directive) {
            case ".global" -> Variable.Space.GLOBAL;
            case ".const" -> Variable.Space.CONST;
            case ".shared" -> Variable.Space.SHARED;
            case ".local" -> Variable.Space.LOCAL;
            case ".param" -> Variable.Space.PARAM;
            default -> null;
        };
    }

    static List<Variable> variables(Tokens in, Variable.Space space, boolean external) {
        return variables(in, space, external, false);
    }

    /**
     * @param parameter of a function: one name, ended by what follows rather than a semicolon
     */
    static List<Variable> variables(Tokens in, Variable.Space space, boolean external, boolean parameter) {
        int alignment = 0;
        int lanes = 1;
        PtxType type = null;
        while (type == null) {
            int line = in.line();
            String word = in.word();
            switch (word) {
                case ".align" -> alignment = in.size();
                case ".v2", ".v4" -> lanes = word.charAt(2) - '0';
                case ".ptr", ".attribute" -> throw new PtxException(line, word + " before the type");
                default -> {
                    type = word.startsWith(".") ? PtxType.named(word.substring(1)) : null;
                    if (type == null) {
                        throw new PtxException(line, "not a type: " + word);
                    }
                }
            }
        }
        if (parameter) {
            alignment = Math.max(alignment, pointerAttributes(in));
        }
        List<Variable> variables = new ArrayList<>();
        do {
            variables.add(variable(in, space, type, lanes, alignment, external));
        } while (!parameter && in.skip(","));
        if (!parameter) {
            in.expect(";");
        }
        return variables;
    }

    /** {@code .ptr .global .align 16} tells what a pointer points to, which changes nothing for the parameter itself. */
    private static int pointerAttributes(Tokens in) {
        if (in.skip(".ptr")) {
            while (in.peek().text().startsWith(".")) {
                if (in.word().equals(".align")) {
                    in.size();
                }
            }
        }
        return 0;
    }

    private static Variable variable(
            Tokens in, Variable.Space space, PtxType type, int lanes, int alignment, boolean external) {
        int line = in.line();
        String name = in.word();
        long elements = lanes;
        boolean open = false;
        while (in.skip("[")) {
            if (in.skip("]")) {
                open = true;
            } else {
                elements *= in.size();
                in.expect("]");
            }
        }
        List<Variable.Initial> initial = null;
        if (in.skip("=")) {
            initial = new ArrayList<>();
            initial(in, type, initial);
            if (open) {
                elements = initial.size();
            }
        }
        int natural = type.bytes() * lanes;
        long bytes = open && initial == null ? 0 : elements * type.bytes();
        return new Variable(line, name, space, type, Math.max(alignment, natural), bytes, external, initial);
    }

    private static void initial(Tokens in, PtxType type, List<Variable.Initial> values) {
        if (in.skip("{")) {
            while (!in.skip("}")) {
                initial(in, type, values);
                in.skip(",");
            }
        } else if (in.peek().kind() == Token.Kind.WORD) {
            values.add(address(in));
        } else {
            boolean negative = in.skip("-");
            values.add(new Variable.Initial.Value(bits(Numbers.parse(in.next(), negative), type)));
        }
    }

    private static Variable.Initial address(Tokens in) {
        String name = in.word();
        if (name.equals("generic")) {
            in.expect("(");
            name = in.word();
            in.expect(")");
        }
        return new Variable.Initial.AddressOf(name, in.skip("+") ? in.integer() : 0);
    }

    private static long bits(Operand constant, PtxType type) {
        return switch (constant) {
            case Operand.Int i -> i.value();
            case Operand.Real f when type.bits() == 64 -> Double.doubleToRawLongBits(f.value());
            case Operand.Real f -> Integer.toUnsignedLong(Float.floatToRawIntBits((float) f.value()));
            default -> throw new IllegalStateException();
        };
    }
}

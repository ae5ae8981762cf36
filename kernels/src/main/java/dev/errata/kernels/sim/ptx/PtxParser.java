package dev.errata.kernels.sim.ptx;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a PTX file: its directives, variables and functions. */
public final class PtxParser {
    private final Tokens in;
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private final Map<String, Function> functions = new LinkedHashMap<>();
    private String version;
    private String target;

    private PtxParser(String text) {
        in = new Tokens(new PtxLexer(text).tokens());
    }

    /** Throws {@link PtxException} with the line of what can't be read. */
    public static PtxModule parse(String text) {
        return new PtxParser(text).module();
    }

    /**
     * @param image as a driver takes it: ASCII, perhaps with a zero at its end
     */
    public static PtxModule parse(byte[] image) {
        int end = image.length;
        while (end > 0 && image[end - 1] == 0) {
            end--;
        }
        return parse(new String(image, 0, end, StandardCharsets.ISO_8859_1));
    }

    private PtxModule module() {
        while (!in.atEnd()) {
            int line = in.line();
            String word = in.word();
            switch (word) {
                case ".version" -> version = in.next().text();
                case ".target" -> {
                    target = in.word();
                    while (in.skip(",")) {
                        in.word();
                    }
                }
                case ".address_size" -> {
                    if (in.size() != 64) {
                        throw new PtxException(line, "addresses of 32 bits are not supported");
                    }
                }
                case ".file" -> skipLine(line);
                case ".section" -> skipSection();
                case ".pragma" -> skipPast(";");
                case ".visible", ".weak", ".common" -> {}
                case ".extern" -> declared(line, true);
                default -> declared(line, word, false);
            }
        }
        if (version == null || target == null) {
            throw new PtxException(1, "not PTX: it has no .version and .target");
        }
        return new PtxModule(version, target, variables, functions);
    }

    private void declared(int line, boolean external) {
        declared(line, in.word(), external);
    }

    private void declared(int line, String word, boolean external) {
        switch (word) {
            case ".entry", ".func" -> {
                Function function = new FunctionParser(in, line, word.equals(".entry")).function();
                if (function.body() != null || !functions.containsKey(function.name())) {
                    functions.put(function.name(), function);
                }
            }
            case ".global", ".const", ".shared" -> {
                for (Variable v : Declarations.variables(in, Declarations.space(word), external)) {
                    Variable before = variables.put(v.name(), v);
                    if (before != null && !before.external()) {
                        throw new PtxException(line, v.name() + " is declared twice, first in line " + before.line());
                    }
                }
            }
            default -> throw new PtxException(line, "unknown directive: " + word);
        }
    }

    private void skipLine(int line) {
        while (!in.atEnd() && in.line() == line) {
            in.next();
        }
    }

    private void skipSection() {
        skipPast("{");
        skipPast("}");
    }

    private void skipPast(String mark) {
        while (!in.next().is(mark)) {
            if (in.atEnd()) {
                throw in.unexpected("`" + mark + "`");
            }
        }
    }

    /** For the names of a {@code .func}'s parameters as for a kernel's. */
    static List<Variable> parameters(Tokens in) {
        List<Variable> parameters = new ArrayList<>();
        in.expect("(");
        while (!in.skip(")")) {
            String space = in.word();
            if (!space.equals(".param")) {
                throw new PtxException(in.line(), "parameters in " + space + " are not supported, only .param");
            }
            parameters.addAll(Declarations.variables(in, Variable.Space.PARAM, false, true));
            in.skip(",");
        }
        return parameters;
    }
}

package dev.errata.kernels.sim.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one function from behind {@code .entry} or {@code .func}. Registers, variables and labels belong to the braces
 * that they stand in; labels may be used before they come, so branches get their targets at the end.
 */
final class FunctionParser {
    /** The names that one pair of braces declares. */
    private static final class Scope {
        final Scope outer;
        final Map<String, Register> registers = new HashMap<>();
        final Map<String, Variable> variables = new HashMap<>();
        final Map<String, Integer> labels = new HashMap<>();

        Scope(Scope outer) {
            this.outer = outer;
        }
    }

    /** An instruction whose operands may still name labels. */
    private record Draft(Instruction instruction, Scope scope) {}

    /** A list of labels that an indexed branch chooses from. */
    private record Table(int line, List<String> labels, Scope scope) {}

    private final Tokens in;
    private final int line;
    private final boolean entry;
    private final List<Register> registers = new ArrayList<>();
    private final List<Variable> variables = new ArrayList<>();
    private final List<Draft> drafts = new ArrayList<>();
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private Scope scope = new Scope(null);

    FunctionParser(Tokens in, int line, boolean entry) {
        this.in = in;
        this.line = line;
        this.entry = entry;
    }

    Function function() {
        List<Variable> results = !entry && in.peek().is("(") ? PtxParser.parameters(in) : List.of();
        String name = in.word();
        List<Variable> parameters = in.peek().is("(") ? PtxParser.parameters(in) : List.of();
        Map<String, List<Integer>> directives = directives();
        if (in.skip(";")) {
            return new Function(
                    line, name, entry, results, parameters, List.of(), List.of(), null, directives, Map.of());
        }
        in.expect("{");
        block();
        return new Function(
                line,
                name,
                entry,
                results,
                parameters,
                registers,
                variables,
                instructions(),
                directives,
                branchTables());
    }

    private Map<String, List<Integer>> directives() {
        Map<String, List<Integer>> directives = new LinkedHashMap<>();
        while (in.peek().text().startsWith(".")) {
            String name = in.word().substring(1);
            List<Integer> numbers = new ArrayList<>();
            while (in.peek().kind() == Token.Kind.NUMBER) {
                numbers.add(in.size());
                in.skip(",");
            }
            directives.put(name, numbers);
        }
        return directives;
    }

    /** From behind an opening brace past the closing one. */
    private void block() {
        while (!in.skip("}")) {
            if (in.atEnd()) {
                throw in.unexpected("`}`");
            }
            if (in.skip("{")) {
                scope = new Scope(scope);
                block();
                scope = scope.outer;
            } else {
                statement();
            }
        }
    }

    private void statement() {
        int at = in.line();
        if (in.skip(";")) {
            return;
        }
        String word = in.peek().text();
        if (in.peek(1).is(":")) {
            in.word();
            in.expect(":");
            if (in.skip(".branchtargets")) {
                tables.put(word, new Table(at, names(), scope));
            } else if (in.peek().is(".callprototype") || in.peek().is(".calltargets")) {
                throw new PtxException(at, "calls through a register are not supported");
            } else if (scope.labels.put(word, drafts.size()) != null) {
                throw new PtxException(at, "label " + word + " stands twice");
            }
        } else if (word.equals(".reg")) {
            in.word();
            declareRegisters();
        } else if (word.equals(".loc") || word.equals(".pragma") || word.equals(".file")) {
            skipDirective(at);
        } else if (Declarations.space(word) != null) {
            for (Variable v : Declarations.variables(in, Declarations.space(in.word()), false)) {
                declare(v);
            }
        } else {
            drafts.add(new Draft(instruction(at), scope));
        }
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        do {
            names.add(in.word());
        } while (in.skip(","));
        in.expect(";");
        return names;
    }

    /** {@code .pragma "…";} ends with a semicolon, {@code .loc …} with its line. */
    private void skipDirective(int at) {
        boolean pragma = in.word().equals(".pragma");
        while (!in.atEnd() && (pragma ? !in.skip(";") : in.line() == at)) {
            in.next();
        }
    }

    private void declareRegisters() {
        String word = in.word();
        PtxType type = PtxType.named(word.substring(1));
        if (type == null || type == PtxType.B128) {
            throw new PtxException(in.line(), "registers of type " + word + " are not supported");
        }
        do {
            String name = in.word();
            if (in.skip("<")) {
                int count = in.size();
                in.expect(">");
                for (int i = 0; i < count; i++) {
                    declare(name + i, type);
                }
            } else {
                declare(name, type);
            }
        } while (in.skip(","));
        in.expect(";");
    }

    private void declare(String name, PtxType type) {
        Register register = new Register(registers.size(), name, type);
        if (scope.registers.put(name, register) != null) {
            throw new PtxException(in.line(), "register " + name + " is declared twice");
        }
        registers.add(register);
    }

    /** Variables of different braces may share a name; within the function each gets a name of its own. */
    private void declare(Variable v) {
        boolean taken = variables.stream().anyMatch(o -> o.name().equals(v.name()));
        String name = taken ? v.name() + "@" + v.line() : v.name();
        Variable own =
                new Variable(v.line(), name, v.space(), v.type(), v.alignment(), v.bytes(), v.external(), v.initial());
        if (scope.variables.put(v.name(), own) != null) {
            throw new PtxException(v.line(), "variable " + v.name() + " is declared twice");
        }
        variables.add(own);
    }

    private Instruction instruction(int at) {
        Register guard = null;
        boolean unless = false;
        if (in.skip("@")) {
            unless = in.skip("!");
            String name = in.word();
            guard = register(name);
            if (guard == null || !guard.type().isPredicate()) {
                throw new PtxException(at, "not a predicate register: " + name);
            }
        }
        String word = in.word();
        String[] parts = word.split("\\.");
        if (parts.length == 0) {
            throw new PtxException(at, "not an instruction: " + word);
        }
        List<Operand> operands = new ArrayList<>(4);
        while (!in.skip(";")) {
            if (!operands.isEmpty()) {
                in.expect(",");
            }
            operands.add(operand());
        }
        List<String> modifiers = List.of(parts).subList(1, parts.length);
        return new Instruction(at, guard, unless, parts[0], modifiers, operands);
    }

    private Operand operand() {
        Operand first = single();
        return in.skip("|") ? new Operand.Pair(first, single()) : first;
    }

    private Operand single() {
        if (in.skip("[")) {
            return address();
        }
        if (in.skip("{")) {
            return new Operand.Vector(list("}"));
        }
        if (in.skip("(")) {
            return new Operand.Arguments(list(")"));
        }
        if (in.skip("!")) {
            return new Operand.Not(single());
        }
        boolean negative = in.skip("-");
        if (in.peek().kind() == Token.Kind.NUMBER) {
            return Numbers.parse(in.next(), negative);
        }
        if (negative || in.peek().kind() != Token.Kind.WORD) {
            throw in.unexpected("an operand");
        }
        return named(in.word());
    }

    private List<Operand> list(String close) {
        List<Operand> elements = new ArrayList<>();
        while (!in.skip(close)) {
            elements.add(operand());
            if (!in.peek().is(close)) {
                in.expect(",");
            }
        }
        return elements;
    }

    private Operand address() {
        Operand base = single();
        long offset = 0;
        while (in.peek().is("+") || in.peek().is("-")) {
            int sign = in.skip("-") ? -1 : 1;
            in.skip("+");
            offset += sign * in.integer();
        }
        List<Operand> coordinates = List.of();
        if (in.skip(",")) {
            in.expect("{");
            coordinates = list("}");
        }
        in.expect("]");
        return new Operand.Address(base, offset, coordinates);
    }

    private Operand named(String name) {
        if (name.equals("_")) {
            return new Operand.Nowhere();
        }
        Register register = register(name);
        if (register != null) {
            return new Operand.Reg(register);
        }
        if (name.startsWith("%")) {
            return new Operand.Special(name);
        }
        String own = name;
        for (Scope s = scope; s != null; s = s.outer) {
            if (s.variables.containsKey(name)) {
                own = s.variables.get(name).name();
                break;
            }
        }
        // Within an address the offset is the address's.
        boolean plus = in.peek().is("+") && in.peek(1).kind() == Token.Kind.NUMBER && in.skip("+");
        return new Operand.Symbol(own, plus ? in.integer() : 0);
    }

    private Register register(String name) {
        for (Scope s = scope; s != null; s = s.outer) {
            Register register = s.registers.get(name);
            if (register != null) {
                return register;
            }
        }
        return null;
    }

    private List<Instruction> instructions() {
        List<Instruction> body = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            Instruction d = draft.instruction;
            List<Operand> operands = new ArrayList<>(d.operands().size());
            for (Operand o : d.operands()) {
                Integer target = o instanceof Operand.Symbol s ? label(s.name(), draft.scope) : null;
                operands.add(target == null ? o : new Operand.Target(((Operand.Symbol) o).name(), target));
            }
            body.add(new Instruction(d.line(), d.guard(), d.unless(), d.name(), d.modifiers(), List.copyOf(operands)));
        }
        return body;
    }

    private Map<String, List<Integer>> branchTables() {
        Map<String, List<Integer>> found = new LinkedHashMap<>();
        tables.forEach((name, table) -> {
            List<Integer> targets = new ArrayList<>();
            for (String label : table.labels) {
                Integer target = label(label, table.scope);
                if (target == null) {
                    throw new PtxException(table.line, "no such label: " + label);
                }
                targets.add(target);
            }
            found.put(name, targets);
        });
        return found;
    }

    private static Integer label(String name, Scope from) {
        for (Scope s = from; s != null; s = s.outer) {
            if (s.labels.containsKey(name)) {
                return s.labels.get(name);
            }
        }
        return null;
    }
}

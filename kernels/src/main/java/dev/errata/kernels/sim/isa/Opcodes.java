package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All opcodes that the simulator knows, and where their meaning stands. */
final class Opcodes {
    private static final Map<String, Opcode> ALL = new HashMap<>();

    static {
        ALL.put("add", arithmetic(IntegerArithmetic::add, FloatArithmetic::add, HalfArithmetic::add));
        ALL.put("sub", arithmetic(IntegerArithmetic::sub, FloatArithmetic::sub, HalfArithmetic::sub));
        ALL.put("mul", arithmetic(IntegerArithmetic::mul, FloatArithmetic::mul, HalfArithmetic::mul));
        ALL.put("mad", arithmetic(IntegerArithmetic::mad, FloatArithmetic::fma, HalfArithmetic::fma));
        ALL.put("fma", arithmetic(null, FloatArithmetic::fma, HalfArithmetic::fma));
        ALL.put("div", arithmetic(IntegerArithmetic::div, FloatArithmetic::div, null));
        ALL.put("abs", arithmetic(IntegerArithmetic::abs, FloatArithmetic::abs, HalfArithmetic::abs));
        ALL.put("neg", arithmetic(IntegerArithmetic::neg, FloatArithmetic::neg, HalfArithmetic::neg));
        ALL.put("min", arithmetic(IntegerArithmetic::min, FloatArithmetic::min, HalfArithmetic::min));
        ALL.put("max", arithmetic(IntegerArithmetic::max, FloatArithmetic::max, HalfArithmetic::max));
        ALL.put("rem", IntegerArithmetic::rem);
        ALL.put("sad", IntegerArithmetic::sad);
        ALL.put("mul24", IntegerArithmetic::mul24);
        ALL.put("mad24", IntegerArithmetic::mad24);
        ALL.put("dp4a", IntegerArithmetic::dp4a);
        ALL.put("dp2a", IntegerArithmetic::dp2a);
        ALL.put("addc", CarryChains::add);
        ALL.put("subc", CarryChains::sub);
        ALL.put("madc", CarryChains::mad);

        ALL.put("and", BitOperations::and);
        ALL.put("or", BitOperations::or);
        ALL.put("xor", BitOperations::xor);
        ALL.put("not", BitOperations::not);
        ALL.put("cnot", BitOperations::cnot);
        ALL.put("shl", BitOperations::shl);
        ALL.put("shr", BitOperations::shr);
        ALL.put("shf", BitOperations::shf);
        ALL.put("lop3", BitOperations::lop3);
        ALL.put("prmt", BitOperations::prmt);
        ALL.put("bfe", BitOperations::bfe);
        ALL.put("bfi", BitOperations::bfi);
        ALL.put("bfind", BitOperations::bfind);
        ALL.put("fns", BitOperations::fns);
        ALL.put("brev", BitOperations::brev);
        ALL.put("clz", BitOperations::clz);
        ALL.put("popc", BitOperations::popc);
        ALL.put("bmsk", BitOperations::bmsk);
        ALL.put("szext", BitOperations::szext);

        ALL.put("rcp", FloatArithmetic::rcp);
        ALL.put("sqrt", FloatArithmetic::sqrt);
        ALL.put("copysign", FloatArithmetic::copysign);
        ALL.put("ex2", ApproximateMath::ex2);
        ALL.put("lg2", ApproximateMath::lg2);
        ALL.put("sin", ApproximateMath::sin);
        ALL.put("cos", ApproximateMath::cos);
        ALL.put("tanh", ApproximateMath::tanh);
        ALL.put("rsqrt", ApproximateMath::rsqrt);

        ALL.put("setp", Comparisons::setp);
        ALL.put("set", Comparisons::set);
        ALL.put("selp", Comparisons::selp);
        ALL.put("slct", Comparisons::slct);
        ALL.put("testp", Comparisons::testp);
        ALL.put("cvt", Conversions::cvt);

        ALL.put("mov", Moves::mov);
        ALL.put("cvta", Moves::cvta);
        ALL.put("isspacep", Moves::isspacep);
        for (String hint : List.of(
                "prefetch", "prefetchu", "applypriority", "discard", "pmevent", "nanosleep", "griddepcontrol")) {
            ALL.put(hint, Moves::nothing);
        }
        ALL.put("ld", MemoryAccess::ld);
        ALL.put("ldu", MemoryAccess::ld);
        ALL.put("st", MemoryAccess::st);
        ALL.put("atom", Atomics::atom);
        ALL.put("red", Atomics::red);

        ALL.put("shfl", WarpExchange::shfl);
        ALL.put("vote", WarpExchange::vote);
        ALL.put("match", WarpExchange::match);
        ALL.put("redux", WarpExchange::redux);
        ALL.put("activemask", WarpExchange::activemask);
        ALL.put("elect", WarpExchange::elect);
        ALL.put("bar", Barriers::bar);
        ALL.put("barrier", Barriers::bar);
        ALL.put("membar", Barriers::fence);
        ALL.put("fence", Barriers::fence);

        ALL.put("bra", ControlFlow::bra);
        ALL.put("brx", ControlFlow::brx);
        ALL.put("call", Calls::call);
        ALL.put("ret", ControlFlow::ret);
        ALL.put("exit", ControlFlow::exit);
        ALL.put("trap", ControlFlow::trap);
        ALL.put("brkpt", ControlFlow::trap);

        ALL.put("cp", CopyInstructions::cp);
        ALL.put("createpolicy", CopyInstructions::createpolicy);
        ALL.put("ldmatrix", MatrixMoves::ldmatrix);
        ALL.put("stmatrix", MatrixMoves::stmatrix);
        ALL.put("movmatrix", MatrixMoves::movmatrix);
        ALL.put("mma", MatrixProduct::mma);
        ALL.put("mbarrier", MbarrierInstructions::mbarrier);
        ALL.put("wgmma", WarpgroupInstructions::wgmma);
        ALL.put("mapa", ClusterInstructions::mapa);
        ALL.put("setmaxnreg", ClusterInstructions::setmaxnreg);
    }

    private Opcodes() {}

    static Step step(Instruction in, Operands operands) {
        Opcode opcode = ALL.get(in.name());
        if (opcode == null) {
            throw PtxException.unknown(in);
        }
        return opcode.step(in, operands);
    }

    /** One opcode for integers, f32 and f64, and halves, told apart by the type; null where there is none. */
    private static Opcode arithmetic(Opcode integers, Opcode floats, Opcode halves) {
        return (in, o) -> {
            PtxType t = in.type();
            Opcode chosen = switch (t) {
                case F32, F64 -> floats;
                case F16, BF16, F16X2, BF16X2 -> halves;
                case PRED, TF32 -> null;
                default -> in.has("cc") ? carry(in.name()) : integers;
            };
            if (chosen == null) {
                throw PtxException.unknown(in);
            }
            return chosen.step(in, o);
        };
    }

    private static Opcode carry(String name) {
        return switch (name) {
            case "add" -> CarryChains::add;
            case "sub" -> CarryChains::sub;
            case "mad" -> CarryChains::mad;
            default -> null;
        };
    }
}

package dev.errata.train.optimizer;

import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;

/**
 * What the codes of 8-bit moments stand for, each F32 [256].
 *
 * @param signed for the first moment
 * @param unsigned for the second
 */
record StateMaps(Tensor signed, Tensor unsigned) {
    static StateMaps in(Scope scope) {
        return new StateMaps(map(scope, DynamicMap.SIGNED), map(scope, DynamicMap.UNSIGNED));
    }

    private static Tensor map(Scope scope, DynamicMap map) {
        float[] values = map.codes().values();
        return scope.floats("dynamic map", values, values.length);
    }
}

package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AccessesTest {
    static List<OperatorCase> cases() {
        return OperatorCases.tiny();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyTensorOfAnOperatorIsReadOrWritten(OperatorCase each) {
        onReference(each, (op, backend) -> {
            Set<Tensor> told = identities(Accesses.of(op).reads());
            told.addAll(Accesses.of(op).writes());
            assertThat(told).isEqualTo(identities(tensors(op)));
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatAnOperatorChangesIsAmongItsWrites(OperatorCase each) {
        onReference(each, (op, backend) -> {
            List<Tensor> all = tensors(op);
            List<byte[]> before = all.stream().map(AccessesTest::bytes).toList();
            backend.run(op);
            Set<Allocation> written = Collections.newSetFromMap(new IdentityHashMap<>());
            Accesses.of(op).writes().forEach(tensor -> written.add(tensor.allocation()));
            for (int i = 0; i < all.size(); i++) {
                if (!Arrays.equals(before.get(i), bytes(all.get(i)))) {
                    assertThat(written)
                            .as(all.get(i).name())
                            .contains(all.get(i).allocation());
                }
            }
        });
    }

    private interface Look {
        void at(Op op, Backend backend);
    }

    private static void onReference(OperatorCase each, Look look) {
        try (Backend backend = new ReferenceBackend();
                Scope scope = new Scope("case", backend)) {
            look.at(each.build().apply(new OperatorCase.Inputs(scope)), backend);
        }
    }

    private static Set<Tensor> identities(List<Tensor> tensors) {
        Set<Tensor> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(tensors);
        return set;
    }

    /** All tensors of a record, and of the records in it. */
    private static List<Tensor> tensors(Object record) {
        List<Tensor> tensors = new ArrayList<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                switch (component.getAccessor().invoke(record)) {
                    case Tensor tensor -> tensors.add(tensor);
                    case Weight weight -> tensors.addAll(weight.tensors());
                    case Record inner -> tensors.addAll(tensors(inner));
                    case null, default -> {}
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return tensors;
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.bytes())];
        tensor.scope().backend().download(tensor, MemorySegment.ofArray(bytes));
        return bytes;
    }
}

package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
    @Test
    void namesATensorOverMemoryThatWasGivenBack() {
        try (ReferenceBackend backend = new ReferenceBackend();
                Scope scope = new Scope("model", backend)) {
            Tensor tensor;
            Tensor part;
            try (Arena mapping = Arena.ofShared()) {
                tensor = scope.over("norm", DType.F32, mapping.allocate(32, 8), 2, 4);
                part = tensor.rowRange(1, 1);
                assertThat(HostMemory.of(tensor).byteSize()).isEqualTo(32);
                assertThat(HostMemory.of(part).byteSize()).isEqualTo(16);
            }
            assertThatThrownBy(() -> HostMemory.of(tensor))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("tensor norm is used after the memory that it lies over was given back");
            assertThatThrownBy(() -> HostMemory.of(part)).hasMessageContaining("norm");
        }
    }
}

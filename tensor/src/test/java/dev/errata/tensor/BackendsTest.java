package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.meta.MetaBackend;
import dev.errata.tensor.reference.ReferenceProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class BackendsTest {
    private record Refusing(String name, int priority) implements BackendProvider {
        @Override
        public Optional<String> refusal() {
            return Optional.of("no such chip, plug one in");
        }

        @Override
        public Backend create(int threads) {
            throw new IllegalStateException("was refused");
        }

        @Override
        public Backend plan(long memoryBytes) {
            return new MetaBackend();
        }
    }

    private final List<BackendProvider> providers = List.of(new Refusing("chip", 9), new ReferenceProvider());

    @Test
    void takesTheFirstThatCanRun() {
        try (Backend backend = Backends.choose(providers, null, 1)) {
            assertThat(backend.name()).isEqualTo("reference");
        }
    }

    @Test
    void saysOnceWhatIsLostOnThisMachine() {
        BackendProvider narrow = new Narrow();
        List<String> said = new ArrayList<>();
        Logger logger = Logger.getLogger(Backends.class.getName());
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord line) {
                said.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(listener);
        try {
            Backends.choose(List.of(narrow), null, 1).close();
            Backends.choose(List.of(narrow), "narrow", 1).close();
        } finally {
            logger.removeHandler(listener);
        }
        assertThat(said).containsExactly("narrow: it has half the lanes");
    }

    /** The reference backend under the name of one that is slower here than elsewhere. */
    private static final class Narrow implements BackendProvider {
        @Override
        public String name() {
            return "narrow";
        }

        @Override
        public int priority() {
            return 1;
        }

        @Override
        public Optional<String> refusal() {
            return Optional.empty();
        }

        @Override
        public Optional<String> loss() {
            return Optional.of("it has half the lanes");
        }

        @Override
        public Backend create(int threads) {
            return new ReferenceProvider().create(threads);
        }

        @Override
        public Backend plan(long memoryBytes) {
            return new MetaBackend();
        }
    }

    @Test
    void refusesANamedDeviceThatCantRun() {
        assertThatThrownBy(() -> Backends.choose(providers, "chip", 1))
                .isInstanceOf(BadInputException.class)
                .hasMessage("device can't run here: --device chip: no such chip, plug one in");
    }

    @Test
    void saysWhatExistsWhenADeviceIsUnknown() {
        assertThatThrownBy(() -> Backends.choose(providers, "abacus", 1))
                .isInstanceOf(BadInputException.class)
                .hasMessage("device is unknown: --device abacus: use one of chip, reference");
    }

    @Test
    void leavesOutWhatRunsOnlyByNameUnlessItIsNamed() {
        BackendProvider shy = new Refusing("shy", BackendProvider.ONLY_BY_NAME);
        try (Backend unnamed = Backends.choose(List.of(shy, new ReferenceProvider()), null, 1)) {
            assertThat(unnamed.name()).isEqualTo("reference");
        }
        assertThatThrownBy(() -> Backends.choose(List.of(shy), "shy", 1)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> Backends.choose(List.of(shy), null, 1)).isInstanceOf(RunFailedException.class);
    }

    @Test
    void findsTheReferenceBackendByItsService() {
        try (Backend backend = Backends.choose(null, 1)) {
            assertThat(backend.name()).isEqualTo("reference");
        }
    }
}

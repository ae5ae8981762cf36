package dev.errata.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Picks the backend of a run among the providers that {@link ServiceLoader} finds. */
public final class Backends {
    private static final System.Logger LOG = System.getLogger(Backends.class.getName());
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private Backends() {}

    /**
     * The backend that {@code --device} names, or without one the first of the highest priority that can run here; each
     * refusal, and what is lost with the one chosen, is logged once.
     *
     * @param device as in {@code --device}, or null
     * @param threads host threads to use, at least 1
     * @throws BadInputException if there is no such device, or it can't run here
     */
    public static Backend choose(String device, int threads) {
        return choose(providers(), device, threads);
    }

    private static List<BackendProvider> providers() {
        return ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(BackendProvider::priority)
                        .reversed()
                        .thenComparing(BackendProvider::name))
                .toList();
    }

    /**
     * The provider of the backend that {@link #choose} would take; for plans, so a device that is named needn't be here.
     *
     * @param device as in {@code --device}, or null
     * @throws BadInputException if there is no such device
     */
    public static BackendProvider provider(String device) {
        List<BackendProvider> providers = providers();
        return device != null
                ? named(providers, device)
                : providers.stream()
                        .filter(provider ->
                                provider.priority() >= 0 && provider.refusal().isEmpty())
                        .findFirst()
                        .orElseThrow(Backends::none);
    }

    static Backend choose(List<BackendProvider> providers, String device, int threads) {
        if (device != null) {
            BackendProvider provider = named(providers, device);
            provider.refusal().ifPresent(reason -> {
                throw new BadInputException("device can't run here", "--device " + device, reason);
            });
            return created(provider, threads);
        }
        for (BackendProvider provider : providers) {
            if (provider.priority() < 0) {
                continue;
            }
            Optional<String> refusal = provider.refusal();
            if (refusal.isEmpty()) {
                return created(provider, threads);
            }
            tell(provider.name() + " is not used: " + refusal.get());
        }
        throw none();
    }

    private static RunFailedException none() {
        return new RunFailedException("no backend can run here", "backends", "see the refusals logged before");
    }

    private static Backend created(BackendProvider provider, int threads) {
        provider.loss().ifPresent(loss -> tell(provider.name() + ": " + loss));
        return provider.create(threads);
    }

    private static void tell(String line) {
        if (TOLD.add(line)) {
            LOG.log(System.Logger.Level.WARNING, line);
        }
    }

    private static BackendProvider named(List<BackendProvider> providers, String device) {
        String known = providers.stream().map(BackendProvider::name).collect(Collectors.joining(", "));
        for (BackendProvider provider : providers) {
            if (provider.name().equals(device)) {
                return provider;
            }
        }
        throw new BadInputException("device is unknown", "--device " + device, "use one of " + known);
    }
}

package dev.errata.kernels;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the CUDA kernels' tests without Maven, for a machine with a GPU ({@code -Derrata.device=cuda}). Each class has a
 * process of its own with a time limit: after a fault CUDA refuses a process everything, and a kernel that hangs must not
 * take the other tests with it. Prints a line a failure and the numbers last. With a class, or {@code CLASS#METHOD(TYPES)}, of
 * any package it runs that alone, in its own process.
 */
public final class DeviceTests {
    private static final String PACKAGE = "dev.errata.kernels.cuda";
    private static final int PROCESSES = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8);
    private static final int SECONDS_A_CLASS = 150;

    private DeviceTests() {}

    private record Counts(int passed, int failed) {}

    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            Counts counts = runClass(args[0]);
            System.out.println("counts " + counts.passed + " " + counts.failed);
            System.exit(counts.failed == 0 && counts.passed > 0 ? 0 : 1);
        }
        List<Callable<Counts>> tasks = new ArrayList<>();
        for (String name : classes()) {
            tasks.add(() -> fork(name));
        }
        int passed = 0;
        int failed = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(PROCESSES)) {
            for (Future<Counts> each : pool.invokeAll(tasks)) {
                passed += each.get().passed;
                failed += each.get().failed;
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }

    private static Set<String> classes() {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectPackage(PACKAGE))
                .build();
        TestPlan plan = LauncherFactory.create().discover(request);
        Set<String> names = new TreeSet<>();
        for (TestIdentifier root : plan.getRoots()) {
            for (TestIdentifier each : plan.getDescendants(root)) {
                each.getSource()
                        .filter(ClassSource.class::isInstance)
                        .map(source -> ((ClassSource) source).getClassName())
                        .filter(name -> name.lastIndexOf('.') == PACKAGE.length())
                        .ifPresent(names::add);
            }
        }
        return names;
    }

    private static Counts fork(String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Derrata.device=" + System.getProperty("errata.device", "sim"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), DeviceTests.class.getName(), name));
        File log = File.createTempFile("device-test", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        boolean ended = process.waitFor(SECONDS_A_CLASS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        List<String> lines = java.nio.file.Files.readAllLines(log.toPath());
        Counts counts = null;
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith("counts ")) {
                String[] words = line.split(" ");
                counts = new Counts(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            } else {
                text.append(line).append('\n');
            }
        }
        if (counts == null) {
            text.append("FAIL ")
                    .append(name)
                    .append(ended ? ": the process ended\n" : ": stopped after the time limit\n");
            counts = new Counts(0, 1);
        }
        synchronized (DeviceTests.class) {
            System.out.print(text);
            System.out.println((counts.failed == 0 ? "ok   " : "bad  ") + name + " " + counts.passed + " passed, "
                    + counts.failed + " failed");
        }
        return counts;
    }

    private static Counts runClass(String name) {
        int[] counts = new int[2];
        TestExecutionListener listener = new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                boolean skipped = result.getStatus() == TestExecutionResult.Status.ABORTED;
                result.getThrowable().ifPresent(e -> {
                    System.out.println((skipped ? "skip " : "FAIL ") + name + "." + test.getDisplayName() + ": "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
                    if (!skipped) {
                        e.printStackTrace(System.out);
                    }
                });
                if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                    counts[1]++;
                } else if (test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
                    counts[0]++;
                }
            }
        };
        Launcher launcher = LauncherFactory.create();
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(name.contains("#") ? selectMethod(name) : selectClass(name))
                        .build(),
                listener);
        return new Counts(counts[0], counts[1]);
    }
}

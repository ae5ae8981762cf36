package dev.errata.pipeline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.errata.tensor.HostMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between modules, and what keeps packages apart. The compiler sees {@code bench}, which uses everything. */
class ArchitectureTest {
    private static final List<String> MODULES = List.of("tensor", "kernels", "quant", "model", "train", "pipeline");

    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.errata");
    }

    private static String within(String module) {
        return "dev.errata." + module + "..";
    }

    @ParameterizedTest
    @CsvSource({
        "tensor, ''",
        "kernels, tensor",
        "quant, tensor",
        "model, quant tensor",
        "train, model quant tensor",
        "pipeline, train model quant tensor"
    })
    void aModuleUsesOnlyThoseBelowIt(String module, String below) {
        assertThat(classes.stream().anyMatch(c -> c.getPackageName().startsWith("dev.errata." + module)))
                .isTrue();
        List<String> others = new ArrayList<>(MODULES);
        others.remove(module);
        others.removeAll(Set.of(below.split(" ")));
        noClasses()
                .that()
                .resideInAPackage(within(module))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        others.stream().map(ArchitectureTest::within).toArray(String[]::new))
                .check(classes);
    }

    @Test
    void modelsAndTrainingNeverLookIntoHostMemory() {
        noClasses()
                .that()
                .resideInAnyPackage(within("model"), within("train"), within("pipeline"))
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(HostMemory.class)
                .check(classes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tensor", "quant", "model", "train", "pipeline"})
    void packagesOfAModuleHaveNoCycles(String module) {
        slices().matching("dev.errata." + module + ".(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(classes);
    }

    /** Twins that do one thing in two ways, and what a general word says best in two far corners. */
    private static final Set<String> SHARED_NAMES = Set.of(
            "EightBitUpdates",
            "Elements",
            "Elementwise",
            "Losses",
            "Magnitudes",
            "Norm",
            "Rotary",
            "Rows",
            "Updates", // plain and fast
            "Gemm",
            "Precision",
            "Token");

    @Test
    void aNameMeansOneThing() {
        Map<String, List<String>> byName = new TreeMap<>();
        for (JavaClass each : classes) {
            if (each.isTopLevelClass() && !each.getSimpleName().equals("package-info")) {
                byName.computeIfAbsent(each.getSimpleName(), _ -> new ArrayList<>())
                        .add(each.getName());
            }
        }
        byName.keySet().removeAll(SHARED_NAMES);
        byName.values().removeIf(names -> names.size() == 1);
        assertThat(byName).isEmpty();
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Helpers|Util|Utils|Impl)")
                .check(classes);
    }
}

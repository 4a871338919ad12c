package dev.tasker;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

@AnalyzeClasses(packages = "dev.tasker", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /// Each package may use only those before it.
    private static final List<String> ORDER = List.of(
            "error",
            "json",
            "yaml",
            "identity",
            "transition",
            "event",
            "result",
            "template",
            "request",
            "config",
            "task",
            "readiness",
            "execution",
            "registry",
            "finalization",
            "wave",
            "reenqueue",
            "query",
            "operation",
            "archive",
            "store",
            "runtime");

    @ArchTest
    static void packagesUseOnlyThoseBeforeThem(JavaClasses classes) {
        for (int i = 0; i < ORDER.size(); i++) {
            String[] later = ORDER.subList(i + 1, ORDER.size()).stream()
                    .map(name -> "dev.tasker." + name + "..")
                    .toArray(String[]::new);
            if (later.length > 0) {
                noClasses()
                        .that()
                        .resideInAPackage("dev.tasker." + ORDER.get(i) + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(later)
                        .because("the order of packages is the order of the flow")
                        .check(classes);
            }
        }
    }

    @ArchTest
    static final ArchRule everyPackageHasItsPlaceInTheOrder = classes()
            .that()
            .resideOutsideOfPackage("dev.tasker.db..")
            .should()
            .resideInAnyPackage(Stream.concat(
                            ORDER.stream().map(name -> "dev.tasker." + name),
                            Stream.of("dev.tasker", "dev.tasker.execution.http"))
                    .toArray(String[]::new));

    @ArchTest
    static final ArchRule thereAreNoCycles =
            slices().matching("dev.tasker.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheStoreRunsSql = noClasses()
            .that()
            .resideOutsideOfPackages("dev.tasker.store..", "dev.tasker.db..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jooq..", "java.sql..", "dev.tasker.db.generated..");

    @ArchTest
    static final ArchRule coreKnowsNoGuestLanguageAndNoC = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.db..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.graalvm..", "java.lang.foreign..", "org.flywaydb..");

    @ArchTest
    static final ArchRule timeIsAnArgument = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.db..")
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule staticFieldsAreFinal = noFields()
            .that()
            .areStatic()
            .and()
            .areDeclaredInClassesThat(resideInAPackage("dev.tasker..")
                    .and(com.tngtech.archunit.base.DescribedPredicate.not(resideInAPackage("dev.tasker.db.."))))
            .should()
            .notBeFinal();

    @ArchTest
    static final ArchRule onlyTheRuntimeOwnsThreads = noClasses()
            .that()
            .resideOutsideOfPackages("dev.tasker.runtime..", "dev.tasker.db..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.concurrent\\.(Executors|ScheduledExecutorService)");
}

package dev.tasker.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.List;

@AnalyzeClasses(packages = "dev.tasker.testing", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /// Each package may use only those before it.
    private static final List<String> ORDER = List.of(
            "dev.tasker.testing.database",
            "dev.tasker.testing.worker",
            "dev.tasker.testing.simulation",
            "dev.tasker.testing");

    @ArchTest
    static void packagesUseOnlyThoseBeforeThem(JavaClasses classes) {
        for (int i = 0; i < ORDER.size() - 1; i++) {
            noClasses()
                    .that()
                    .resideInAPackage(ORDER.get(i))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ORDER.subList(i + 1, ORDER.size()).toArray(String[]::new))
                    .check(classes);
        }
    }

    @ArchTest
    static final ArchRule onlyTheDatabasePackageRunsSql = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.testing.database")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jooq..", "java.sql..", "org.postgresql..", "dev.tasker.db..");

    @ArchTest
    static final ArchRule theKitNeedsNoTestFramework = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.junit..", "org.assertj..", "org.hamcrest..");

    @ArchTest
    static final ArchRule timeIsVirtual = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule staticFieldsAreFinal =
            noFields().that().areStatic().should().notBeFinal();

    @ArchTest
    static final ArchRule theSimulationHasNoThreads = noClasses()
            .that()
            .resideInAnyPackage("dev.tasker.testing.simulation", "dev.tasker.testing.worker")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class)
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.concurrent\\.Execut.*");
}

package dev.tasker.benchmarks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.tasker.benchmarks", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.tasker.benchmarks.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlySystemsKnowWhatIsMeasured = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.benchmarks.system")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.dbos..", "com.github.kagkarlsson..");

    @ArchTest
    static final ArchRule onlyReportsDraw = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.benchmarks.report")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.knowm..");

    @ArchTest
    static final ArchRule onlyCommandsReadOptions = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.tasker.benchmarks.compare",
                    "dev.tasker.benchmarks.postgres",
                    "dev.tasker.benchmarks.process",
                    "dev.tasker.benchmarks.report",
                    "dev.tasker.benchmarks.round",
                    "dev.tasker.benchmarks.system",
                    "dev.tasker.benchmarks.targets")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule staticFieldsAreFinal = noFields()
            .that()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("dev.tasker.benchmarks.jmh..")
            .and()
            .areStatic()
            .should()
            .notBeFinal();
}

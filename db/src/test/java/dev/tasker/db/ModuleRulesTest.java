package dev.tasker.db;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.tasker.db", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleRulesTest {

    @ArchTest
    static final ArchRule onlyOneClassUsesFlyway = noClasses()
            .that()
            .haveNameNotMatching("dev\\.tasker\\.db\\.FlywayRun(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.flywaydb..");

    @ArchTest
    static final ArchRule writtenCodeDoesNotNeedTheGeneratedClasses = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.db.generated..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.tasker.db.generated..", "org.jooq..");

    @ArchTest
    static final ArchRule migrationDoesNotKnowTheServer = noClasses()
            .that()
            .resideInAPackage("dev.tasker.db")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tasker.db.embedded..");

    @ArchTest
    static final ArchRule serverDoesNotKnowTheSchema = noClasses()
            .that()
            .resideInAPackage("dev.tasker.db.embedded..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tasker.db");

    @ArchTest
    static final ArchRule otherModulesOfTaskerAreUnknownHere = noClasses()
            .should()
            .dependOnClassesThat(resideInAPackage("dev.tasker..").and(resideOutsideOfPackage("dev.tasker.db..")));

    @ArchTest
    static final ArchRule nobodyPrints =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}

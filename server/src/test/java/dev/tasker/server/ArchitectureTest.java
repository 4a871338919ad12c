package dev.tasker.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.tasker.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.tasker.server.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyCommandsKnowPicocli = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.server.command")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule onlyDatabaseAndDiagnosisSpeakToThePoolAndTheDriver = noClasses()
            .that()
            .resideOutsideOfPackages("dev.tasker.server.database", "dev.tasker.server.diagnosis")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "com.zaxxer..", "org.postgresql..", "org.jooq..");

    @ArchTest
    static final ArchRule onlyLoggingKnowsLogback = noClasses()
            .that()
            .resideOutsideOfPackage("dev.tasker.server.logging")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ch.qos.logback..");

    @ArchTest
    static final ArchRule guestLanguagesStayBehindThePolyglotModule =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.graalvm..");

    @ArchTest
    static final ArchRule standardStreamsAreHandedIn = noClasses()
            .that()
            .doNotHaveSimpleName("Streams")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule commandsAreTheOutermostLayer = noClasses()
            .that()
            .resideOutsideOfPackages("dev.tasker.server.command", "dev.tasker.server")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tasker.server.command");
}

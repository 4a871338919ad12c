package dev.tasker.embedding;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The borders of the module.
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.tasker");

    @Test
    void onlyTheQueuesCallForeignCode() {
        noMethods()
                .that()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName(NativeQueues.class.getName())
                .should()
                .haveModifier(JavaModifier.NATIVE)
                .check(CLASSES);
        // It takes 25 to 50 ms of each start of the engine inside a program.
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(CLASSES);
    }

    @Test
    void nothingUsesThisModule() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.tasker.embedding..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.tasker.embedding..")
                .check(CLASSES);
    }

    @Test
    void nothingEndsTheProcessThatItLivesIn() {
        noClasses()
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(CLASSES);
    }

    @Test
    void theCoreIsUsedAndNoLanguage() {
        classes()
                .that()
                .resideInAPackage("dev.tasker.embedding..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.tasker..", "com.zaxxer.hikari..", "org.jspecify..", "org.slf4j..", "java..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("dev.tasker.embedding..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.tasker.polyglot..", "dev.tasker.server..", "java.sql..", "org.jooq..")
                .check(CLASSES);
    }
}

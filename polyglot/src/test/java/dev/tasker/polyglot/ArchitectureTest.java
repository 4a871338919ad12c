package dev.tasker.polyglot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The borders of the module.
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.tasker");

    @Test
    void onlyThisModuleKnowsGraalVM() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.tasker.polyglot..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.graalvm..")
                .check(CLASSES);
    }

    @Test
    void ofGraalVMOnlyThePolyglotApiIsUsed() {
        noClasses()
                .that()
                .resideInAPackage("dev.tasker.polyglot..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.oracle.truffle..", "org.graalvm.collections..", "jdk.graal..")
                .check(CLASSES);
    }

    @Test
    void contextsKnowNothingOfValuesAndHandlers() {
        noClasses()
                .that()
                .resideInAPackage("dev.tasker.polyglot.context..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.tasker.polyglot.convert..", "dev.tasker.polyglot.handler..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("dev.tasker.polyglot.convert..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.tasker.polyglot.handler..")
                .check(CLASSES);
    }

    @Test
    void moduleNeedsOnlyTheHandlerContractOfTheCore() {
        classes()
                .that()
                .resideInAPackage("dev.tasker.polyglot..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.tasker.polyglot..",
                        "dev.tasker.error..",
                        "dev.tasker.identity..",
                        "dev.tasker.json..",
                        "dev.tasker.execution..",
                        "dev.tasker.result..",
                        "com.sun.management..",
                        "org.graalvm.polyglot..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "java..")
                .check(CLASSES);
    }
}

package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.conformance.ConformanceCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Every way to run handlers does the same where it is told the same: each case of `conformance/cases` and
/// `conformance/workflows`, on a real engine, in Java, in the languages of GraalVM, and in CRuby, CPython and Node.
class ConformanceTest {
    @TempDir
    static Path folder;

    @AfterAll
    static void deleteLink() throws IOException {
        Files.deleteIfExists(EmbeddedPrograms.linkOfNode(folder));
    }

    @TestFactory
    Stream<DynamicTest> inJava() throws Exception {
        return tests(HostedWay.open(HandlerRuntime.JAVA));
    }

    @TestFactory
    Stream<DynamicTest> inHostedRuby() throws Exception {
        return tests(HostedWay.open(HandlerRuntime.RUBY));
    }

    @TestFactory
    Stream<DynamicTest> inHostedPython() throws Exception {
        return tests(HostedWay.open(HandlerRuntime.PYTHON));
    }

    @TestFactory
    Stream<DynamicTest> inHostedJavaScript() throws Exception {
        return tests(HostedWay.open(HandlerRuntime.JAVASCRIPT));
    }

    @TestFactory
    Stream<DynamicTest> inCRuby() throws Exception {
        return tests(EmbeddedWay.open(HandlerRuntime.RUBY, folder));
    }

    @TestFactory
    Stream<DynamicTest> inCPython() throws Exception {
        return tests(EmbeddedWay.open(HandlerRuntime.PYTHON, folder));
    }

    @TestFactory
    Stream<DynamicTest> inNode() throws Exception {
        return tests(EmbeddedWay.open(HandlerRuntime.JAVASCRIPT, folder));
    }

    @Test
    void namesOfWorkflowsAreUnique() throws IOException {
        assertThat(WorkflowCase.all().stream().map(WorkflowCase::title))
                .hasSizeGreaterThan(20)
                .doesNotHaveDuplicates();
    }

    /// The way is closed with the stream, when all of its tests have run.
    private static Stream<DynamicTest> tests(WayToRun way) throws IOException, SQLException {
        Desk desk = new Desk(way.database());
        List<ConformanceCase> cases = ConformanceCase.all();
        List<WorkflowCase> workflows = WorkflowCase.all();
        Stream<DynamicTest> ofCases = cases.stream()
                .filter(each -> each.isFor(way.runtime()))
                .filter(each -> !(way.interrupts() && each.isOfCancelledAttempt()))
                .map(each -> dynamicTest(
                        way.title() + ": " + each.title(), () -> new CaseRun(way, desk, each, place()).check()));
        Stream<DynamicTest> ofWorkflows = workflows.stream()
                .filter(each -> each.isFor(way.runtime()))
                .map(each -> dynamicTest(
                        way.title() + ": " + each.title(), () -> new WorkflowRun(way, desk, each, place()).check()));
        return Stream.concat(ofCases, ofWorkflows).onClose(() -> close(way, desk));
    }

    private static Path place() throws IOException {
        return Files.createTempDirectory(folder, "case");
    }

    private static void close(WayToRun way, Desk desk) {
        try (way) {
            desk.close();
        }
    }
}

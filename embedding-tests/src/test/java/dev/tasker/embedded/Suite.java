package dev.tasker.embedded;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// `bin/embedding-tests`: runs the tests of this package, tells of each, and counts them in its last line.
final class Suite {
    private static final int BAD_ARGUMENTS = 2;

    private Suite() {}

    /// Runs the tests.
    ///
    /// @param arguments `--list`, or parts of the names of classes
    public static void main(String[] arguments) {
        List<String> names = List.of(arguments);
        Launcher launcher = LauncherFactory.create();
        if (names.equals(List.of("--list"))) {
            classes(launcher.discover(request(List.of()))).forEach(System.out::println);
            return;
        }
        LauncherDiscoveryRequest request = request(names);
        if (!launcher.discover(request).containsTests()) {
            System.err.println("embedding-tests: no test class has a name with " + String.join(" or ", names)
                    + "; --list tells their names");
            System.exit(BAD_ARGUMENTS);
        }
        Report report = new Report(System.out, "true".equals(System.getenv("CI")));
        launcher.execute(request, report);
        System.exit(report.finish() ? 0 : 1);
    }

    private static LauncherDiscoveryRequest request(List<String> names) {
        return LauncherDiscoveryRequestBuilder.request()
                .selectors(selectPackage(Suite.class.getPackageName()))
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .filters((PostDiscoveryFilter) test -> FilterResult.includedIf(isWanted(test, names)))
                .build();
    }

    private static boolean isWanted(TestDescriptor test, List<String> names) {
        return names.isEmpty()
                || (!test.isTest() && !test.mayRegisterTests())
                || names.stream().anyMatch(name -> classOf(test).contains(name));
    }

    private static String classOf(TestDescriptor test) {
        TestDescriptor found = test;
        while (!(found.getSource().orElse(null) instanceof ClassSource source)) {
            found = found.getParent().orElseThrow();
        }
        return simpleName(source);
    }

    private static SortedSet<String> classes(TestPlan plan) {
        SortedSet<String> names = new TreeSet<>();
        for (TestIdentifier engine : plan.getRoots()) {
            plan.getDescendants(engine).stream()
                    .map(test -> test.getSource().orElse(null))
                    .filter(ClassSource.class::isInstance)
                    .forEach(source -> names.add(simpleName((ClassSource) source)));
        }
        return names;
    }

    private static String simpleName(ClassSource source) {
        return source.getClassName().substring(source.getClassName().lastIndexOf('.') + 1);
    }
}

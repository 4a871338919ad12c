package dev.tasker.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import dev.tasker.testing.database.Sabotage;
import dev.tasker.testing.database.WorkflowDatabase;
import dev.tasker.transition.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {
    private static final int ENOUGH_TO_FIND_A_FAULT = 500;
    private static final int SCHEDULES_MAX = 1_000_000;
    private static WorkflowDatabase database;

    @BeforeAll
    static void create() {
        database = WorkflowDatabase.create();
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void everyInvariantHoldsInEverySchedule() {
        runSideBySide(Duration.ofSeconds(10));
    }

    @Test
    @Tag("soak")
    void everyInvariantHoldsForLong() {
        runSideBySide(Duration.ofSeconds(Integer.getInteger("tasker.soak.seconds", 60)));
    }

    /// A schedule uses one core, half of it in the database: one simulation per core, each with a database of its own.
    private static void runSideBySide(Duration limit) {
        SimulationSettings first =
                SimulationSettings.defaults().withSchedules(SCHEDULES_MAX).withLimit(limit);
        int sides = first.schedules() == 1 ? 1 : Runtime.getRuntime().availableProcessors();
        List<SimulationReport> reports = IntStream.range(0, sides)
                .parallel()
                .mapToObj(side -> {
                    try (WorkflowDatabase own = WorkflowDatabase.create()) {
                        return run(own, first.withSeed(first.seed() + (long) side * SCHEDULES_MAX));
                    }
                })
                .toList();
        System.out.println("SimulationTest: " + sides + " side by side, "
                + reports.stream().mapToLong(SimulationReport::perMinute).sum() + " schedules a minute");
    }

    @Test
    void oneSeedGivesOneSchedule() {
        SimulationReport first = Simulation.run(database, SimulationSettings.repeat(4_711));
        SimulationReport second = Simulation.run(database, SimulationSettings.repeat(4_711));

        assertThat(second.turns()).isEqualTo(first.turns());
        assertThat(second.ends()).isEqualTo(first.ends());
    }

    @Test
    void aTemplateOfTheUsersIsRun() {
        Template template = new TemplateParser().parse(Path.of("src/test/resources/example/order.yaml"));

        SimulationReport report = Simulation.run(
                database,
                SimulationSettings.defaults()
                        .withSchedules(20)
                        .withTemplate(template)
                        .withContext(Map.of("order_id", 7)));

        assertThat(report.ends().keySet()).isSubsetOf(TaskState.COMPLETE, TaskState.ERROR);
    }

    @ParameterizedTest
    @EnumSource
    void aBrokenRoutineIsFoundAndItsSeedRepeatsIt(Sabotage sabotage) {
        try (WorkflowDatabase own = WorkflowDatabase.create()) {
            sabotage.commit(own);

            BrokenScheduleError found = broken(own, settings(1, ENOUGH_TO_FIND_A_FAULT));
            own.reset();
            sabotage.commit(own);
            BrokenScheduleError again = broken(own, SimulationSettings.repeat(found.seed()));

            assertThat(turns(again)).isEqualTo(turns(found));
            assertThat(found)
                    .hasMessageContaining("-Dtasker.seed=" + found.seed())
                    .hasMessageContaining("w1 has ")
                    .hasMessageContaining("sends a wave");
        }
    }

    private static BrokenScheduleError broken(WorkflowDatabase own, SimulationSettings settings) {
        return catchThrowableOfType(BrokenScheduleError.class, () -> Simulation.run(own, settings));
    }

    private static SimulationSettings settings(long seed, int schedules) {
        return new SimulationSettings(
                seed,
                schedules,
                Duration.ofMinutes(2),
                SimulationSettings.defaults().template(),
                Map.of());
    }

    /// Without the first lines: what the database says may have ids in it.
    private static String turns(BrokenScheduleError error) {
        String message = String.valueOf(error.getMessage());
        return message.substring(message.indexOf("task A: "));
    }

    private static SimulationReport run(WorkflowDatabase own, SimulationSettings settings) {
        SimulationReport report = Simulation.run(own, settings);
        System.out.println("SimulationTest " + report);
        assertThat(report.ends()).isNotEmpty();
        assertThat(report.ends().keySet()).isSubsetOf(TaskState.COMPLETE, TaskState.ERROR);
        return report;
    }
}

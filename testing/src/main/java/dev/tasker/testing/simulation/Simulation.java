package dev.tasker.testing.simulation;

import dev.tasker.task.RegisteredTemplate;
import dev.tasker.testing.database.ClockedSource;
import dev.tasker.testing.database.VirtualClock;
import dev.tasker.testing.database.WorkflowDatabase;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Runs schedules: tasks on the real SQL routines, workers that crash, stall, stop and lose answers, time
/// that jumps.
///
/// No threads and no waiting: each turn is one call or one jump in time, drawn from a seed. After every
/// turn the rows must agree with the readiness functions and with the rules; at the end every task must
/// have ended, and its audit trail must tell a legal story.
///
/// What a handler does is drawn, too, so that any template can be run without its handlers. For one thread;
/// give it a database of its own.
public final class Simulation {
    private final Ground ground;
    private final SimulationSettings settings;
    private final RandomTemplates graphs = new RandomTemplates();
    private final Map<String, Integer> turns = new TreeMap<>();
    private final Map<TaskState, Integer> ends = new EnumMap<>(TaskState.class);
    private int longest;

    private Simulation(Ground ground, SimulationSettings settings) {
        this.ground = ground;
        this.settings = settings;
    }

    /// Runs schedules until the settings' number or time is reached; at least one.
    ///
    /// @throws IllegalStateException the database has unfinished tasks
    /// @throws BrokenScheduleError an invariant did not hold; the message has the seed and every turn
    public static SimulationReport run(WorkflowDatabase database, SimulationSettings settings) {
        VirtualClock clock = new VirtualClock();
        try (ClockedSource source = database.open(clock)) {
            Ground ground = new Ground(source, clock, settings.context());
            if (ground.inspection().hasUnfinishedTasks()) {
                throw new IllegalStateException("the database has unfinished tasks, perhaps of a schedule that failed;"
                        + " reset() it, or give the simulation a database of its own");
            }
            return new Simulation(ground, settings).run();
        }
    }

    private SimulationReport run() {
        long begin = System.nanoTime();
        int done = 0;
        do {
            play(settings.seed() + done);
            done++;
        } while (done < settings.schedules()
                && System.nanoTime() - begin < settings.limit().toNanos());
        List<String> unsound = ground.inspection().unsoundRows();
        if (!unsound.isEmpty()) {
            throw new AssertionError("schedules from seed " + settings.seed() + " on left " + unsound);
        }
        return new SimulationReport(
                settings.seed(), done, turns, ends, longest, Duration.ofNanos(System.nanoTime() - begin));
    }

    private void play(long seed) {
        Schedule schedule = new Schedule(ground, seed);
        try {
            schedule.run(this::template);
        } catch (AssertionError | RuntimeException broken) {
            throw new BrokenScheduleError(seed, schedule.log().toString(), broken);
        }
        schedule.ends().forEach(state -> ends.merge(state, 1, Integer::sum));
        schedule.log().counts().forEach((kind, count) -> turns.merge(kind, count, Integer::sum));
        longest = Math.max(longest, schedule.log().turns());
    }

    private RegisteredTemplate template(int number) {
        Optional<RegisteredTemplate> given = settings.template()
                .map(template -> ground.register(template.key().toString(), () -> template));
        return given.orElseGet(() -> ground.register("variant " + number, () -> graphs.variant(number)));
    }
}

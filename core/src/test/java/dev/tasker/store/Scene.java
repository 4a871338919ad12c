package dev.tasker.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.Template;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// Waves by hand on a real database whose clock the test moves.
public final class Scene implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 8;
    public static final Duration LEASE = Duration.ofSeconds(15);

    private final HikariDataSource pool;
    private final DataSource source;
    private Instant now = Instant.parse("2026-03-01T00:00:00Z");

    public Scene(TestDatabase database) {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(database.dataSource());
        settings.setMaximumPoolSize(CONNECTIONS_MAX);
        settings.setMinimumIdle(0);
        this.pool = new HikariDataSource(settings);
        this.source = new MovedClock(pool, () -> now);
    }

    @Override
    public void close() {
        pool.close();
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }

    public Instant now() {
        return now;
    }

    public DataSource source() {
        return source;
    }

    public TaskId create(Template template) {
        return create(template, Set.of());
    }

    public TaskId create(Template template, Set<String> bypass) {
        return create(
                template, TaskRequest.builder(Map.of()).bypassSteps(bypass).build());
    }

    public TaskId create(Template template, TaskRequest request) {
        return creation().create(register(template), request);
    }

    public RegisteredTemplate register(Template template) {
        return new TemplateStore(new Database(source)).register(template).template();
    }

    public TaskCreation creation() {
        return new TaskCreation(new TaskStore(new Database(source)));
    }

    public List<ExpiredTask> expireDeadlines() {
        return new WaveStore(new Database(source)).expireDeadlines(100);
    }

    public List<ClaimedStep> claim(String worker, int limit, String... handlers) {
        return wave(worker, List.of(), limit, handlers).claimed();
    }

    public WaveResult record(String worker, Outcome... outcomes) {
        return wave(worker, List.of(outcomes), 0);
    }

    public WaveResult wave(String worker, List<Outcome> outcomes, int limit, String... handlers) {
        Map<HandlerKey, Integer> slots = new LinkedHashMap<>();
        for (String handler : handlers) {
            slots.put(new HandlerKey(HandlerRuntime.JAVA, handler), 1_000);
        }
        return new WaveStore(new Database(source))
                .advance(new WaveRequest(outcomes, new WorkerId(worker), slots, limit, LEASE, Optional.empty()));
    }

    public int expireLeases() {
        return new WaveStore(new Database(source)).expireLeases(100).steps().size();
    }

    public Set<ClaimId> renew(String worker, ClaimedStep claimed) {
        return renewal(worker, claimed).held();
    }

    public Renewal renewal(String worker, ClaimedStep claimed) {
        return new WaveStore(new Database(source))
                .renewLeases(
                        new WorkerId(worker),
                        Map.of(claimed.claim(), claimed.step().stepId()),
                        LEASE);
    }

    public TaskSnapshot task(TaskId task) {
        return new TaskStore(new Database(source)).snapshot(task);
    }

    public ReadinessStore readiness() {
        return new ReadinessStore(new Database(source));
    }

    public Queries queries() {
        return new Queries(new Database(source));
    }

    public StepSnapshot step(TaskId task, String name) {
        return task(task).steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    public List<String> trail(TaskId task, String name) {
        return task(task).transitions().stream()
                .filter(move -> move.stepName().equals(Optional.ofNullable(name)))
                .map(move -> move.fromState() + ">" + move.toState())
                .toList();
    }

    /// The counters that the wave keeps, by step name.
    public Map<String, Counters> counters(TaskId task) {
        Map<String, Counters> counters = new LinkedHashMap<>();
        DSL.using(source, SQLDialect.POSTGRES)
                .selectFrom(dev.tasker.db.generated.Tables.WORKFLOW_STEPS)
                .where(dev.tasker.db.generated.Tables.WORKFLOW_STEPS.TASK_ID.eq(task.value()))
                .forEach(row -> counters.put(
                        row.getName(),
                        new Counters(
                                row.getClaimable(),
                                row.getUnmetDependencies(),
                                row.getClaimable() && !row.getDueAt().isAfter(now))));
        return counters;
    }

    /// What stands on the row of a step.
    public record Counters(boolean claimable, int unmet, boolean due) {}

    /// Runs SQL as an intruder would.
    public void sql(String text) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    public static Outcome success(ClaimedStep claimed) {
        return Outcome.success(claimed.step().stepId(), claimed.claim(), "{\"ok\":true}");
    }

    public static Outcome retryable(ClaimedStep claimed, Duration delay) {
        return Outcome.retryableFailure(
                claimed.step().stepId(), claimed.claim(), "{\"class\":\"E\",\"message\":\"again\"}", delay);
    }

    public static Outcome permanent(ClaimedStep claimed) {
        return Outcome.permanentFailure(
                claimed.step().stepId(), claimed.claim(), "{\"class\":\"E\",\"message\":\"never\"}");
    }

    public static Outcome release(ClaimedStep claimed) {
        return Outcome.release(claimed.step().stepId(), claimed.claim());
    }

    public static List<String> names(List<ClaimedStep> claimed) {
        List<String> names = new ArrayList<>();
        claimed.forEach(step -> names.add(step.step().name()));
        return names;
    }
}

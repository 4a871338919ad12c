package dev.tasker.benchmarks.targets;

import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.WorkerId;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.NoOp;
import dev.tasker.store.Database;
import dev.tasker.store.WaveStore;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/// How many statements the server gets for a wave, of waves of 0 to 200 outcomes.
///
/// @param outcomesMax of the largest wave that was counted
record WaveCount(double statementsPerWave, int outcomesMax) {
    private static final int[] CLAIMS = {1, 2, 5, 10, 20, 50, 100, WaveRequest.CLAIMS_MAX};
    private static final WorkerId WORKER = new WorkerId("benchmark");
    private static final Duration LEASE = Duration.ofMinutes(1);

    /// Sends waves for the tasks that a database holds, on which nothing else runs.
    ///
    /// @param source a pool of one connection
    static WaveCount of(DataSource source, ServerConnection server, String database) {
        WaveStore waves = new WaveStore(new Database(source));
        // Not counted: with a connection's first call the driver asks for types, and with the first step of a template
        // its definitions are read, once for all waves that follow.
        List<Outcome> outcomes = successes(waves.advance(request(List.of(), 1)));
        long before = server.statements(database);
        int outcomesMax = 0;
        int sent = 0;
        for (int claims : CLAIMS) {
            WaveResult result = waves.advance(request(outcomes, claims));
            outcomesMax = Math.max(outcomesMax, outcomes.size());
            outcomes = successes(result);
            sent++;
        }
        WaveResult _ = waves.advance(request(outcomes, 0));
        sent++;
        outcomesMax = Math.max(outcomesMax, outcomes.size());
        return new WaveCount((double) (server.statements(database) - before) / sent, outcomesMax);
    }

    private static List<Outcome> successes(WaveResult wave) {
        return wave.claimed().stream()
                .map(step -> Outcome.success(step.step().stepId(), step.claim(), NoOp.RESULT_JSON)
                        .with(step.facts()))
                .toList();
    }

    private static WaveRequest request(List<Outcome> outcomes, int claims) {
        HandlerKey key = new HandlerKey(HandlerRuntime.JAVA, BenchmarkTemplate.HANDLER);
        return new WaveRequest(outcomes, WORKER, Map.of(key, claims), claims, LEASE, Optional.empty());
    }
}

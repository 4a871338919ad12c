package dev.tasker.polyglot.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.CodeFileSystem;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files whose code does not end, and callers that wait for them.
@Timeout(60)
class FileWorkTest {
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final HandlerKey KEY = new HandlerKey(HandlerRuntime.PYTHON, "Work");

    private static HandlerFile file(String suffix, String text) {
        return new HandlerFile(Path.of("/nowhere/handlers/endless." + suffix), text, List.of());
    }

    private static GuestEngine engine(GuestLanguage language) {
        return new GuestEngine(
                language, new GuestEngine.Settings(Set.of(), 1_000, Optional.empty()), new CodeFileSystem(language));
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,mjs,'for (;;);'", "PYTHON,py,'while True: pass'", "RUBY,rb,'loop {}'"})
    void trialOfAFileThatNeverEndsIsStopped(GuestLanguage language, String suffix, String code) {
        try (GuestEngine engine = engine(language)) {
            HandlerRegistry registry = new HandlerRegistry();
            // Starts the language.
            new ReloadTrial(engine, language, registry).run();
            ReloadTrial trial = new ReloadTrial(engine, language, registry, SHORT);
            trial.add(new HandlerKey(language.runtime(), "Work"), file(suffix, code));

            assertThatExceptionOfType(HandlerLoadException.class)
                    .isThrownBy(trial::run)
                    .withMessageContaining("did not end within 2 s");
            assertThat(registry.paths()).isEmpty();
        }
    }

    @Test
    void loadThatTakesTooLongIsStoppedAndItsLaterEndIsDropped() throws Exception {
        LoadWork work = new LoadWork(KEY, file("py", ""), Duration.ofMillis(50));
        CountDownLatch stopped = new CountDownLatch(1);
        Thread context = Thread.ofPlatform()
                .start(() -> work.run(
                        () -> {
                            awaitLatch(stopped);
                            return HandlerDeclaration.NONE;
                        },
                        stopped::countDown));

        assertThatExceptionOfType(HandlerLoadException.class)
                .isThrownBy(work::await)
                .withMessageContaining("did not end");
        assertThat(context.join(SHORT.multipliedBy(10))).isTrue();
    }

    @Test
    void loadThatNobodyWaitsForAnyMoreIsNotDone() {
        LoadWork work = new LoadWork(KEY, file("py", ""), Duration.ofMillis(1));
        assertThatExceptionOfType(HandlerLoadException.class).isThrownBy(work::await);
        AtomicInteger runs = new AtomicInteger();

        work.run(
                () -> {
                    runs.incrementAndGet();
                    return HandlerDeclaration.NONE;
                },
                () -> {});

        assertThat(runs.get()).isZero();
    }

    @Test
    void stopThatComesAfterTheEndDoesNotHitWhatRunsNext() {
        LoadWork work = new LoadWork(KEY, file("py", ""), Duration.ofMillis(1));
        AtomicInteger stops = new AtomicInteger();
        work.run(
                () -> {
                    work.fail("given up meanwhile");
                    return HandlerDeclaration.NONE;
                },
                stops::incrementAndGet);

        assertThatExceptionOfType(HandlerLoadException.class).isThrownBy(work::await);
        assertThat(stops.get()).isZero();
    }

    @Test
    void errorOfTheJvmWhileAFileIsLoadedIsTold() {
        LoadWork work = new LoadWork(KEY, file("py", ""), SHORT);
        work.run(
                () -> {
                    throw new OutOfMemoryError("no room");
                },
                () -> {});

        assertThatExceptionOfType(HandlerLoadException.class)
                .isThrownBy(work::await)
                .withMessageContaining("no room");
    }

    @Test
    void handlerThatIsLoadedWhileOthersAreLoadedAgainIsKeptWithTheNewTextOfItsFile() {
        HandlerFile before = file("py", "old");
        HandlerFile after = file("py", "new");
        HandlerRegistry registry = new HandlerRegistry();
        registry.add(KEY, before, HandlerDeclaration.NONE);
        HandlerRegistry fresh = new HandlerRegistry();
        fresh.add(KEY, after, HandlerDeclaration.NONE);
        HandlerKey late = new HandlerKey(HandlerRuntime.PYTHON, "Late");
        registry.add(late, before, HandlerDeclaration.NONE);

        registry.replaceWith(fresh);

        assertThat(registry.paths()).isEqualTo(Map.of(KEY, after.path(), late, after.path()));
        assertThat(registry.files()).containsExactly(after);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}

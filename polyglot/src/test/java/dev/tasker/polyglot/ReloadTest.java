package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Code that changes while a host serves it.
class ReloadTest {
    private static final int RELOADS = 2;
    private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

    @TempDir
    private Path folder;

    private Path write(HandlerRuntime runtime, String name, String version) throws Exception {
        String code = switch (runtime) {
            case JAVASCRIPT -> """
                            import { StepHandler } from "tasker";
                            export class NAME extends StepHandler {
                              process(task, sequence) { sequence.resultsOf("first"); return "VERSION"; }
                            }
                            """;
            case PYTHON -> """
                            from tasker import StepHandler
                            class NAME(StepHandler):
                                def process(self, task, sequence, step):
                                    sequence.results_of("first")
                                    return "VERSION"
                            """;
            default -> """
                            require "tasker"
                            class NAME < Tasker::StepHandler
                              def process(_task, sequence, _step)
                                sequence.results_of("first")
                                "VERSION"
                              end
                            end
                            """;
        };
        return Files.writeString(
                folder.resolve(name + "." + GuestFixture.suffix(runtime)),
                code.replace("NAME", name).replace("VERSION", version));
    }

    private static GuestFixture guests(HandlerRuntime runtime, int contexts) {
        return new GuestFixture(
                PolyglotConfig.builder().contextsMax(runtime, contexts).build());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void runningAttemptFinishesOnTheOldCodeAndLaterOnesRunTheNew(HandlerRuntime runtime) throws Exception {
        try (GuestFixture guests = guests(runtime, 2)) {
            HandlerKey key = new HandlerKey(runtime, "Work");
            guests.host(runtime).load(new HandlerSource(key, write(runtime, "Work", "old")));
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            GuestFixture.Started running = guests.started(runtime, GuestFixture.attemptThatWaits(key, begun, goOn));
            assertThat(begun.await(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();

            write(runtime, "Work", "new");
            guests.host(runtime).reload();

            assertThat(run(guests, key)).isEqualTo("new");
            assertThat(running.completion()).isNotDone();
            goOn.countDown();
            assertThat(running.result()).isEqualTo(new StepResult.Success("old"));
            assertThat(run(guests, key)).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void fileThatIsBrokenKeepsTheOldCodeOfAllFiles(HandlerRuntime runtime) throws Exception {
        try (GuestFixture guests = guests(runtime, 1)) {
            HandlerKey sound = new HandlerKey(runtime, "Sound");
            HandlerKey broken = new HandlerKey(runtime, "Broken");
            guests.host(runtime).load(new HandlerSource(sound, write(runtime, "Sound", "old")));
            Path file = write(runtime, "Broken", "old");
            guests.host(runtime).load(new HandlerSource(broken, file));
            write(runtime, "Sound", "new");
            Files.writeString(file, "this is ( no code");

            HandlerLoadException refusal =
                    catchThrowableOfType(HandlerLoadException.class, guests.host(runtime)::reload);

            assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_SYNTAX_ERROR);
            assertThat(run(guests, sound)).isEqualTo("old");
            assertThat(run(guests, broken)).isEqualTo("old");
            Files.delete(file);
            assertThat(catchThrowableOfType(HandlerLoadException.class, guests.host(runtime)::reload)
                            .code())
                    .isEqualTo(ErrorCode.HANDLER_FILE_MISSING);
            write(runtime, "Broken", "mended");
            guests.host(runtime).reload();
            assertThat(run(guests, sound)).isEqualTo("new");
            assertThat(run(guests, broken)).isEqualTo("mended");
        }
    }

    /// Handlers run, are loaded and are loaded again, all at once: none is lost, and none runs code that never was.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void handlersRunAndAreLoadedWhileOthersAreLoadedAgain(HandlerRuntime runtime) throws Exception {
        try (GuestFixture guests = guests(runtime, 2)) {
            HandlerKey key = new HandlerKey(runtime, "Work");
            guests.host(runtime).load(new HandlerSource(key, write(runtime, "Work", "v0")));
            List<HandlerKey> later = new ArrayList<>();
            for (int number = 1; number <= RELOADS; number++) {
                write(runtime, "Work", "v" + number);
                CompletableFuture<Void> reload = CompletableFuture.runAsync(guests.host(runtime)::reload, THREADS);
                HandlerKey fresh = new HandlerKey(runtime, "Late" + number);
                later.add(fresh);
                guests.host(runtime).load(new HandlerSource(fresh, write(runtime, "Late" + number, "late")));
                do {
                    assertThat(run(guests, key)).isIn("v" + (number - 1), "v" + number);
                } while (!reload.isDone());
                reload.get(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS);
                assertThat(run(guests, key)).isEqualTo("v" + number);
            }
            for (HandlerKey fresh : later) {
                assertThat(run(guests, fresh)).isEqualTo("late");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void hostThatIsClosedWhileItLoadsAgainEndsBoth(HandlerRuntime runtime) throws Exception {
        GuestFixture guests = guests(runtime, 1);
        HandlerKey key = new HandlerKey(runtime, "Work");
        guests.host(runtime).load(new HandlerSource(key, write(runtime, "Work", "old")));
        CompletableFuture<Object> reload = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        guests.host(runtime).reload();
                        return "done";
                    } catch (HandlerLoadException refusal) {
                        return refusal.code();
                    }
                },
                THREADS);

        guests.close();

        // Whichever came first.
        assertThat(reload.get(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isIn("done", ErrorCode.RUNTIME_UNAVAILABLE, ErrorCode.HANDLER_LOAD_FAILED);
    }

    private static Object run(GuestFixture guests, HandlerKey key) {
        return GuestFixture.results(
                guests.started(key.runtime(), GuestFixture.attempt(key, GuestFixture.defaultContext()))
                        .result());
    }
}

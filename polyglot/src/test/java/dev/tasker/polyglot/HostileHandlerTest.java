package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.Grant;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Handlers that never end, or end in ways of their own: the attempt fails, the host lives, and nobody else notices.
///
/// What fills the memory, and what cannot be stopped, is tried on worker processes, in the module `server`.
class HostileHandlerTest {
    private static final HandlerRuntime JAVASCRIPT = HandlerRuntime.JAVASCRIPT;
    private static final HandlerRuntime PYTHON = HandlerRuntime.PYTHON;
    private static final HandlerRuntime RUBY = HandlerRuntime.RUBY;
    private static final int NEIGHBOURS = 5;

    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.builder()
            .contextsMax(JAVASCRIPT, 2)
            .contextsMax(PYTHON, 2)
            .contextsMax(RUBY, 2)
            .grants(Set.of(Grant.NET))
            .outputBytesMax(1_000)
            .build());

    private static ServerSocket silent;

    @BeforeAll
    static void listen() throws Exception {
        silent = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    }

    @AfterAll
    static void close() throws Exception {
        GUESTS.close();
        silent.close();
    }

    static Stream<Arguments> endless() {
        return Stream.of(
                Arguments.of(JAVASCRIPT, "a loop", "for (;;);"),
                Arguments.of(JAVASCRIPT, "a loop in a callback", "[1, 2].sort(() => { for (;;); });"),
                Arguments.of(
                        JAVASCRIPT, "a finally that goes on", "for (;;) { try { for (;;); } finally { continue; } }"),
                Arguments.of(JAVASCRIPT, "a loop that prints", "for (;;) console.log('spam');"),
                Arguments.of(JAVASCRIPT, "timers", "return new Promise(() => setInterval(() => {}, 0));"),
                Arguments.of(
                        JAVASCRIPT,
                        "a chain of promises",
                        "return Promise.resolve().then(function again() { return Promise.resolve().then(again); });"),
                Arguments.of(
                        JAVASCRIPT,
                        "promises without end",
                        "function again() { Promise.resolve().then(again); } again(); return new Promise(() => {});"),
                Arguments.of(JAVASCRIPT, "silence of a server", "return handler.http.get('SILENT').text;"),
                Arguments.of(PYTHON, "a loop", "while True: pass"),
                Arguments.of(
                        PYTHON,
                        "a sleep that is repeated",
                        "import time\nwhile True:\n try: time.sleep(600)\n except BaseException: pass"),
                Arguments.of(PYTHON, "a finally", "try:\n while True: pass\nfinally:\n while True: pass"),
                Arguments.of(PYTHON, "a loop that prints", "while True: print('spam')"),
                Arguments.of(
                        PYTHON,
                        "a coroutine",
                        "import asyncio\nasync def f():\n while True: await asyncio.sleep(0)\nasyncio.run(f())"),
                Arguments.of(
                        PYTHON,
                        "a thread",
                        "import threading, time\nt = threading.Thread(target=lambda: time.sleep(600))\n"
                                + "t.start()\nt.join()"),
                Arguments.of(PYTHON, "silence of a server", "return handler.http.get('SILENT').text"),
                Arguments.of(
                        PYTHON,
                        "silence of a socket",
                        "import socket\nreturn socket.create_connection(('127.0.0.1', PORT)).recv(1)"),
                Arguments.of(RUBY, "a loop", "loop {}"),
                Arguments.of(RUBY, "an ensure", "begin; loop {}; ensure; loop {}; end"),
                Arguments.of(RUBY, "a sleep that is repeated", "loop { begin; sleep 600; rescue Exception; end }"),
                Arguments.of(RUBY, "a loop that prints", "loop { puts 'spam' }"),
                Arguments.of(RUBY, "a thread", "Thread.new { loop {} }.join"),
                Arguments.of(RUBY, "an empty queue", "Queue.new.pop"),
                // With no stream of ours: it may outlive its handler, and whoever reads them would wait for its end.
                Arguments.of(
                        RUBY,
                        "another process",
                        "system('sleep 60', in: File::NULL, out: File::NULL, err: File::NULL)"),
                Arguments.of(RUBY, "an expression", "('a' * 40 + 'b') =~ /(a+)+\\1$/"),
                Arguments.of(RUBY, "silence of a server", "handler.http.get('SILENT').text"),
                Arguments.of(RUBY, "silence of a socket", "require 'socket'; TCPSocket.new('127.0.0.1', PORT).read"));
    }

    @ParameterizedTest(name = "{0} waits for {1}")
    @MethodSource
    void endless(HandlerRuntime runtime, String what, String code) throws Exception {
        load(runtime);
        CountDownLatch running = new CountDownLatch(1);
        GuestFixture.Started hostile = GUESTS.started(runtime, attempt(runtime, code, running));
        assertThat(running.await(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isTrue();

        assertNeighboursAreFine(runtime);
        assertThat(hostile.completion()).isNotDone();
        hostile.running().cancel();

        StepError error = GuestFixture.error(hostile.result());
        assertThat(error.errorClass()).isEqualTo("StepCancelled");
        assertThat(error.errorCode()).isEqualTo("STEP_CANCELLED");
        assertThat(error.retryable()).isTrue();
        assertNeighboursAreFine(runtime);
    }

    private static StepAttempt attempt(HandlerRuntime runtime, String code, CountDownLatch running) {
        String prepared = code.replace("SILENT", "http://127.0.0.1:PORT/").replace("PORT", "" + silent.getLocalPort());
        return GuestFixture.attemptThatRuns(
                runtime,
                switch (runtime) {
                    case JAVASCRIPT -> "sequence.resultsOf('first'); " + prepared;
                    default -> "sequence.results_of('first')\n" + prepared;
                },
                running);
    }

    static Stream<Arguments> ends() {
        return Stream.of(
                Arguments.of(JAVASCRIPT, "process.exit(1);", "ReferenceError", "process is not defined"),
                Arguments.of(JAVASCRIPT, "quit();", "ReferenceError", "quit is not defined"),
                Arguments.of(JAVASCRIPT, "exit();", "ReferenceError", "exit is not defined"),
                Arguments.of(JAVASCRIPT, "return handler.process(task, sequence, step);", "RangeError", "stack size"),
                Arguments.of(
                        JAVASCRIPT,
                        "function f() { return sequence.resultsOf('first') && f(); } return f();",
                        "RangeError",
                        "stack size"),
                Arguments.of(
                        JAVASCRIPT,
                        "class E extends Error { get message() { return String(this); } } throw new E();",
                        "E",
                        "?"),
                Arguments.of(JAVASCRIPT, "return 'x'.repeat(10 ** 10);", "RangeError", "Invalid string length"),
                Arguments.of(JAVASCRIPT, "return new ArrayBuffer(10 ** 12);", "RangeError", "allocation failed"),
                Arguments.of(JAVASCRIPT, "return JSON.parse('['.repeat(100000));", "RangeError", "nested"),
                Arguments.of(PYTHON, "import sys\nsys.exit(4)", "SystemExit", "exit with status 4"),
                Arguments.of(PYTHON, "import sys\nsys.exit('reason')", "SystemExit", "reason"),
                Arguments.of(PYTHON, "import os\nos._exit(4)", "SystemExit", "4"),
                Arguments.of(PYTHON, "import os\nos.abort()", "AttributeError", "abort"),
                Arguments.of(PYTHON, "quit()", "NameError", "quit"),
                Arguments.of(PYTHON, "raise SystemExit", "SystemExit", "exit with status 0"),
                Arguments.of(PYTHON, "import _thread\n_thread.exit()", "SystemExit", "exit with status 0"),
                Arguments.of(PYTHON, "return handler.process(task, sequence, step)", "RecursionError", "depth"),
                Arguments.of(
                        PYTHON,
                        "def f(): return sequence.results_of('first') and f()\nreturn f()",
                        "RecursionError",
                        ""),
                Arguments.of(
                        PYTHON,
                        "class E(Exception):\n def __str__(self): return str(self)\nraise E()",
                        "run.<locals>.E",
                        "message cannot be shown (RecursionError)"),
                Arguments.of(PYTHON, "return 'x' * 10 ** 10", "OverflowError", "cannot fit"),
                Arguments.of(RUBY, "exit(3)", "SystemExit", "exit"),
                Arguments.of(RUBY, "exit!(3)", "SystemExit", "exit!"),
                Arguments.of(RUBY, "Process.exit!(3)", "SystemExit", "exit!"),
                Arguments.of(RUBY, "abort('bye')", "SystemExit", "bye"),
                Arguments.of(RUBY, "Thread.current.kill", "SystemExit", "ended its thread"),
                Arguments.of(RUBY, "Thread.exit", "SystemExit", "ended its thread"),
                Arguments.of(RUBY, "Thread.main.kill", "SystemExit", "ended its thread"),
                Arguments.of(RUBY, "Thread.new { Thread.main.kill }.join", "SystemExit", "ended its thread"),
                Arguments.of(RUBY, "Thread.main.raise('hello')", "RuntimeError", "hello"),
                Arguments.of(RUBY, "exec('true')", "NotImplementedError", "replace the process"),
                Arguments.of(RUBY, "fork { 1 }", "NotImplementedError", "fork"),
                Arguments.of(RUBY, "throw :tag", "UncaughtThrowError", "tag"),
                Arguments.of(RUBY, "process(task, sequence, step)", "SystemStackError", "stack level too deep"),
                Arguments.of(
                        RUBY,
                        "class SelfE < StandardError; def message = message; end; raise SelfE",
                        "Runs::SelfE",
                        "SelfE"),
                Arguments.of(RUBY, "'x' * 10**10", "ArgumentError", "argument too big"));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource
    void ends(HandlerRuntime runtime, String code, String errorClass, String message) throws Exception {
        load(runtime);

        StepError error = GuestFixture.error(GUESTS.runCode(runtime, code));

        assertThat(error.errorClass()).as(error.toString()).isEqualTo(errorClass);
        assertThat(error.message()).contains(message).doesNotContain("java.lang");
        assertThat(error.retryable()).isTrue();
        assertNeighboursAreFine(runtime);
    }

    private static void load(HandlerRuntime runtime) {
        for (String handler : List.of("Runs", "Fine")) {
            GUESTS.host(runtime).load(new HandlerSource(new HandlerKey(runtime, handler), GuestFixture.runs(runtime)));
        }
    }

    private static void assertNeighboursAreFine(HandlerRuntime runtime) {
        List<GuestFixture.Started> neighbours = new ArrayList<>();
        for (int number = 0; number < NEIGHBOURS; number++) {
            neighbours.add(GUESTS.started(
                    runtime, GuestFixture.attempt(new HandlerKey(runtime, "Fine"), Map.of("number", (long) number))));
        }
        assertThat(neighbours)
                .allSatisfy(neighbour -> assertThat(neighbour.result()).isEqualTo(new StepResult.Success("fine")));
    }
}

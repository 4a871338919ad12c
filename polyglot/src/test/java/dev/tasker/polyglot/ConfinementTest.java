package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What JavaScript and Python handlers cannot reach without a grant.
class ConfinementTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());
    private static final String SECRET = "the secret";

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @Test
    void javaScriptHasNothingButTheLanguageItself() {
        String names = "Java,java,Packages,JavaImporter,Polyglot,Graal,load,loadWithNewGlobal,print,process,require,"
                + "module,quit,exit,fetch,XMLHttpRequest,WebAssembly,Worker,readline,readbuffer,Debug,importScripts";
        StepResult result = GUESTS.runCode(
                HandlerRuntime.JAVASCRIPT, "return '" + names + "'.split(',').filter((name) => name in globalThis)");

        assertThat(result).isEqualTo(new StepResult.Success(List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return import('/etc/passwd')",
                "return import('file:///etc/passwd')",
                "return import('/etc/hosts.mjs')",
                "return import('../../../../../../../../../../etc/passwd')",
                "return import('./data/greeting.txt')",
                "return import('https://127.0.0.1/x.mjs')",
                "return import('data:text/javascript,export default 1')",
                "return eval(\"import('/etc/passwd')\")",
                "return new Function(\"return import('/etc/passwd')\")()",
                "return handler.readText('/etc/passwd')",
                "return handler.readText('../runs.mjs')",
                "return handler.readText('%2e%2e/runs.mjs')",
                "return handler.readText({ toString: () => '../runs.mjs' })",
                "return handler.readText('x\\0y')",
                "return handler.readText('x'.repeat(1e6))",
                "return handler.readText(Symbol('x'))",
                "return task.context.code.getClass()",
                "return task.context.getClass()",
                "return task.context.constructor.constructor('return Java.type(\"java.lang.System\")')()",
                "'use strict'; task.context.code = 1",
                "'use strict'; task.context.__proto__ = {}",
                "'use strict'; delete task.context.code; task.context.list.push(1)",
                "return Object.setPrototypeOf(task.context, { code: 1 })",
                "return Object.defineProperty(task.context, 'code', { value: 1 })",
                "return Reflect.defineProperty(task.context, 'code', { value: 1 })",
                "'use strict'; new Proxy(task.context, {}).code = 1",
                "return task.context.list.sort()",
                "return Object.assign(task.context, { code: 1 })",
                "return sequence.resultsOf({ toString() { throw new Error('no text'); } })",
                "return sequence.resultsOf(Symbol('x'))",
                "return handler.publish('x', new Proxy({}, { ownKeys() { throw new Error('none'); } }))",
                "return handler.http.get('file:///etc/passwd')",
                "return handler.http.get('jar:file:///x.jar!/y')",
                "return task.context.missing.toString()"
            })
    void javaScriptGetsAnErrorOfItsOwn(String code) {
        assertFailsAsAGuest(GUESTS.runCode(HandlerRuntime.JAVASCRIPT, code));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return open('/etc/passwd').read()",
                "return open(__file__.replace('runs.py', 'data/greeting.txt')).read()",
                "return open(__file__, 'w')",
                "return open(__file__ + '.new.py', 'w')",
                "import io\nreturn io.open_code('/etc/passwd').read()",
                "import os\nreturn os.read(os.open('/etc/passwd', os.O_RDONLY), 10)",
                "import os\nreturn os.listdir('/')",
                "import os\nreturn os.stat('/etc/passwd').st_size",
                "import os\nreturn os.remove(__file__)",
                "import os\nreturn os.rename(__file__, __file__ + '.py')",
                "import os\nreturn os.mkdir(__file__ + '.d')",
                "import os\nreturn os.symlink('/etc/passwd', __file__ + '.link.py')",
                "import os\nreturn os.link('/etc/passwd', __file__ + '.link.py')",
                "import os\nreturn os.chmod(__file__, 0o777)",
                "import os\nreturn os.chdir('/')",
                "import os\nreturn os.system('true')",
                "import os\nreturn os.fork()",
                "import os\nreturn os.execv('/bin/true', ['true'])",
                "import os\nreturn os.popen('true').read()",
                "import subprocess\nreturn subprocess.run(['true'])",
                "import pickle\nreturn pickle.loads(b\"cposix\\nsystem\\n(S'true'\\ntR.\")",
                "import ctypes\nreturn ctypes.CDLL(None)",
                "import cffi",
                "import java\nreturn java.type('java.lang.System')",
                "import java.lang.System",
                "from java.lang import System",
                "import polyglot\nreturn polyglot.eval(language='js', string='1')",
                "import polyglot\nreturn polyglot.eval(path='/etc/passwd', language='python')",
                "import polyglot\nreturn polyglot.import_value('x')",
                "import polyglot\nreturn polyglot.export_value('x', 1)",
                "return __builtins__['open']('/etc/passwd')",
                "import importlib.machinery as m\nreturn m.SourceFileLoader('x', '/etc/hosts').load_module()",
                "import importlib.machinery as m\nreturn m.SourceFileLoader('x', '/etc/hosts').get_data('/etc/hosts')",
                "import importlib.machinery as m\nreturn m.ExtensionFileLoader('x', '/lib/x.so').load_module()",
                "import sys\nsys.path.insert(0, '/etc')\nimport passwd",
                "import runpy\nreturn runpy.run_path('/etc/hosts')",
                "import socket\nreturn socket.create_connection(('127.0.0.1', 1))",
                "import socket\nreturn socket.socket()",
                "import socket\nreturn socket.socketpair()",
                "import socket\nreturn socket.getaddrinfo('localhost', 80)",
                "import signal\nsignal.signal(signal.SIGTERM, lambda *ignored: None)",
                "import signal\nsignal.raise_signal(signal.SIGTERM)",
                "import signal, importlib, _signal\nimportlib.reload(_signal)\nimportlib.reload(signal)\n"
                        + "signal.raise_signal(signal.SIGTERM)",
                "import sys\ndel sys.modules['_signal']\nimport _signal\n_signal.raise_signal(15)",
                "import signal\nsignal.setitimer(signal.ITIMER_REAL, 1)",
                "import os, signal\nos.kill(1, signal.SIGTERM)",
                "return handler.read_text('/etc/passwd')",
                "return handler.read_text('../runs.py')",
                "return handler.read_text('x\\0y')",
                "return handler.read_text('x' * 10 ** 6)",
                "task.context['code'] = 1",
                "del task.context['code']",
                "task.context.clear()",
                "task.context.getClass()",
                "task.context.__class__ = dict",
                "task.context.code.getClass()",
                "task.context['list'].append(1)",
                "return task.context['list'][10 ** 30]",
                "return task.context['list'][-10 ** 6]",
                "return task.context[7]",
                "return handler.http.get('file:///etc/passwd').text"
            })
    void pythonGetsAnErrorOfItsOwn(String code) {
        assertFailsAsAGuest(GUESTS.run(
                HandlerRuntime.PYTHON,
                "Runs",
                Map.of("code", code, "list", List.of(1L)),
                GuestFixture.runs(HandlerRuntime.PYTHON)));
    }

    private static void assertFailsAsAGuest(StepResult result) {
        StepError error = GuestFixture.error(result);
        assertThat(error.errorCode()).as(error.toString()).isNotIn("HANDLER_CRASHED", "INTERNAL");
        assertThat(error.errorClass()).isNotEqualTo("SyntaxError");
        assertNothingOfTheHostIn(error);
    }

    private static void assertNothingOfTheHostIn(StepError error) {
        assertThat(error.errorClass() + " " + error.message())
                .doesNotContain("java.lang", "com.oracle", "org.graalvm", "dev.tasker")
                .doesNotContain("root:", "hello");
        assertThat(error.backtrace().toString()).doesNotContain(".java:");
    }

    /// What Python's own machinery does not survive: the context is replaced.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "import _ctypes\nreturn _ctypes.dlopen('libc.so.6', 2)",
                "import _socket\nreturn _socket.socket.__base__()",
                "import multiprocessing\nmultiprocessing.Process(target=print).start()"
            })
    void pythonThatBreaksItsContextReachesNothing(String code) {
        StepError error = GuestFixture.error(GUESTS.runCode(HandlerRuntime.PYTHON, code));

        assertThat(error.errorCode()).isEqualTo("HANDLER_CRASHED");
        assertNothingOfTheHostIn(error);
        assertThat(GUESTS.runCode(HandlerRuntime.PYTHON, "return 5")).isEqualTo(new StepResult.Success(5L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Array.prototype.push = function () { throw new Error('pushed'); }; return {};",
                "const push = Array.prototype.push; Array.prototype.push = function () { push.call(this, 'x'); };"
                        + " return [1];",
                "Object.keys = null; return { a: 1 };"
            })
    void javaScriptThatChangesTheLanguageLosesItsContextToNobodysHarm(String code) {
        StepError error = GuestFixture.error(GUESTS.runCode(HandlerRuntime.JAVASCRIPT, code));

        assertThat(error.errorCode()).as(error.toString()).isEqualTo("HANDLER_CRASHED");
        assertThat(GUESTS.runCode(HandlerRuntime.JAVASCRIPT, "return { a: [1] };"))
                .isEqualTo(new StepResult.Success(Map.of("a", List.of(1L))));
    }

    @Test
    void pythonSeesNeitherTheEnvironmentNorTheInputOfTheProcess() {
        assertThat(GUESTS.runCode(
                        HandlerRuntime.PYTHON,
                        "import os, sys\nreturn [os.environ.get('HOME'), os.environ.get('PATH'), sys.stdin.read()]"))
                .isEqualTo(new StepResult.Success(Arrays.asList(null, null, "")));
    }

    /// The function behind all that a handler can ask for is in reach of Python code that looks for it.
    @Test
    void functionOfTheHostRefusesWhatMakesNoSense() {
        String code = """
                call = handler._tasker_host._call
                flat = ["payload"]
                calls = [
                    (), (1,), ("nope",), ("read_text",), ("read_text", 5), (handler,), (call,),
                    ("publish", "a.b"), ("publish", "a.b", 5), ("publish", "a.b", flat),
                    ("publish", "a.b", flat + [8, 2**31 - 1]), ("publish", "a.b", flat + [7, 2**31 - 1]),
                    ("publish", "a.b", flat + [7, -1]), ("publish", "a.b", flat + [7, 2**40]),
                    ("publish", "a.b", flat + [99]), ("publish", "a.b", flat + [None]),
                    ("publish", "a.b", flat + [8, 1, None, 0]), ("publish", "a.b", flat + [4, "zz"]),
                    ("publish", "a.b", flat + [3, "x"]), ("publish", "a.b", flat + [7, 1] * 100000),
                    ("lookup", None), ("log", "loud", "x"), ("log", "info", 5), ("log", "info", "x", [1]),
                    ("log", "info", "x", ["fields", 8, 1]), ("http", []), ("http", "x"), ("api_send",),
                    ("api_check", 0), ("api_check", -1), ("api_check", "x"), ("api_results", 2**70),
                    ("heartbeat", 7), ("is_cancelled"),
                ]
                kinds = set()
                for arguments in calls:
                    answer = call(*arguments)
                    assert "java" not in answer[1], answer[1]
                    kinds.add((answer[0], answer[2]))
                return sorted(kinds)
                """;

        assertThat(GUESTS.runCode(HandlerRuntime.PYTHON, code))
                .isEqualTo(new StepResult.Success(List.of(List.of("permanent", "HOST_CALL_INVALID"))));
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,mjs", "PYTHON,py"})
    void codeBesideTheHandlerIsImportedButNotThroughLinksThatLeadOut(HandlerRuntime runtime, String suffix)
            throws Exception {
        Path outside = Files.createDirectories(folder.resolve("elsewhere/deep/outside"));
        Path handlers = Files.createDirectories(folder.resolve("app/handlers"));
        String code = runtime == HandlerRuntime.PYTHON ? "answer = 'ANSWER'\n" : "export const answer = 'ANSWER';\n";
        Files.writeString(outside.resolve("secret." + suffix), code.replace("ANSWER", SECRET));
        Files.writeString(outside.resolve("secret.txt"), SECRET);
        Files.writeString(handlers.resolve("beside." + suffix), code);
        Files.writeString(handlers.resolve("notes.txt"), SECRET);
        Files.createSymbolicLink(handlers.resolve("link." + suffix), outside.resolve("secret." + suffix));
        Files.createSymbolicLink(handlers.resolve("folder"), outside);
        Path file = Files.copy(GuestFixture.runs(runtime), handlers.resolve("runs." + suffix));
        try (GuestFixture own = new GuestFixture(PolyglotConfig.defaults())) {
            String load = runtime == HandlerRuntime.PYTHON
                    ? "import importlib\nreturn importlib.import_module('NAME').answer"
                    : "return import('./NAME.mjs').then((found) => found.answer)";

            assertThat(own.run(runtime, "Runs", Map.of("code", load.replace("NAME", "beside")), file))
                    .isEqualTo(new StepResult.Success("ANSWER"));
            for (String name : List.of("link", runtime == HandlerRuntime.PYTHON ? "folder.secret" : "folder/secret")) {
                StepError error =
                        GuestFixture.error(own.run(runtime, "Runs", Map.of("code", load.replace("NAME", name)), file));
                assertThat(error.toString()).doesNotContain(SECRET);
                assertNothingOfTheHostIn(error);
            }
            if (runtime == HandlerRuntime.PYTHON) {
                for (String path : List.of("notes.txt", "folder/secret.txt", "folder/secret.py", "link.py")) {
                    String read = "return open('" + handlers.resolve(path) + "').read()";
                    assertThat(GuestFixture.error(own.run(runtime, "Runs", Map.of("code", read), file))
                                    .errorClass())
                            .isEqualTo("PermissionError");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void dataIsNotReadThroughLinksThatLeadOut(HandlerRuntime runtime) throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Path outside = Files.writeString(folder.resolve("outside.txt"), SECRET);
        Files.writeString(data.resolve("inside.txt"), "inside");
        Files.createSymbolicLink(data.resolve("link.txt"), outside);
        HandlerKey key = new HandlerKey(runtime, "Runs");
        GUESTS.host(runtime).load(new HandlerSource(key, GuestFixture.runs(runtime)));
        for (String name : List.of("inside.txt", "link.txt", "../outside.txt", "./../data/../outside.txt")) {
            String code = switch (runtime) {
                case JAVASCRIPT -> "return handler.readText('" + name + "')";
                case PYTHON -> "return handler.read_text('" + name + "')";
                default -> "handler.read_text('" + name + "')";
            };
            StepResult result = GUESTS.started(
                            runtime,
                            GuestFixture.attempt(
                                    key, Map.of("code", code), DataFolder.beside(folder.resolve("template.yaml"))))
                    .result();
            if (name.equals("inside.txt")) {
                assertThat(result).isEqualTo(new StepResult.Success("inside"));
            } else {
                assertThat(GuestFixture.error(result).errorCode()).isEqualTo("DATA_FILE_UNAVAILABLE");
            }
        }
    }

    /// Ruby is trusted: the documentation says so, and this is what it means.
    @Test
    void rubyIsNotConfined() throws Exception {
        Path file = Files.writeString(folder.resolve("any.txt"), "any");

        assertThat(GUESTS.runCode(
                        HandlerRuntime.RUBY,
                        "[File.read('" + file + "'), `echo out`.strip, File.write('" + file + ".new', 'x')]"))
                .isEqualTo(new StepResult.Success(List.of("any", "out", 1L)));
    }

    @Test
    void javaIsNoGuestLanguage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolyglotHost.open(HandlerRuntime.JAVA, PolyglotConfig.defaults()));
    }
}

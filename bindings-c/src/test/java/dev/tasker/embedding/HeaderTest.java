package dev.tasker.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The numbers that C and Java both know.
class HeaderTest {
    private static final Map<String, Long> C = new HashMap<>();

    @BeforeAll
    static void askTheCompiler(@TempDir Path folder) throws IOException {
        StringBuilder source = new StringBuilder("#include \"tasker.c\"\n#define TELL(n, v) printf(\"%s %lld\\n\", n,"
                + " (long long)(v))\nint main(void) {\n");
        tell(source, "TASKER_ABI_VERSION");
        for (Status status : Status.values()) {
            tell(source, "TASKER_" + status);
        }
        for (RequestKind kind : RequestKind.values()) {
            tell(source, "KIND_" + kind);
        }
        for (ItemKind kind : ItemKind.values()) {
            tell(source, "ITEM_" + kind);
        }
        tell(source, "sizeof(struct request_view)");
        for (String field : NativeQueues.FIELDS) {
            tell(source, "offsetof(struct request_view, " + field + ")");
        }
        tell(source, "tasker_struct_size(0) == sizeof(tasker_buffer)");
        tell(source, "tasker_struct_size(1) == sizeof(tasker_options)");
        source.append("return 0;\n}\n");
        Path file = Files.writeString(folder.resolve("numbers.c"), source);
        CProgram program = CProgram.compile(
                folder.resolve("numbers"),
                file.toString(),
                CProgram.SOURCES.resolve("jvm.c").toString(),
                "-ldl");
        CProgram.Run run = program.run(Map.of());
        assertThat(run.exitCode()).as(run.output()).isZero();
        run.output().lines().forEach(line -> {
            int blank = line.lastIndexOf(' ');
            C.put(line.substring(0, blank), Long.valueOf(line.substring(blank + 1)));
        });
    }

    private static void tell(StringBuilder source, String expression) {
        source.append("TELL(\"%s\", %s);%n".formatted(expression, expression));
    }

    @Test
    void bothSpeakTheSameAbi() {
        assertThat(C).containsEntry("TASKER_ABI_VERSION", (long) Boot.ABI_VERSION);
    }

    @Test
    void statusesHaveTheSameCodes() {
        for (Status status : Status.values()) {
            assertThat(C).containsEntry("TASKER_" + status, (long) status.code());
        }
    }

    @Test
    void kindsOfRequestsHaveTheSameNumbers() {
        for (RequestKind kind : RequestKind.values()) {
            assertThat(RequestKind.of(Math.toIntExact(C.get("KIND_" + kind)))).isEqualTo(kind);
        }
    }

    @Test
    void kindsOfItemsHaveTheSameNumbers() {
        for (ItemKind kind : ItemKind.values()) {
            assertThat(C).containsEntry("ITEM_" + kind, (long) kind.number());
        }
    }

    @Test
    void requestsHaveTheSameLayout() {
        assertThat(C).containsEntry("sizeof(struct request_view)", (long) NativeQueues.FIELDS.size() * Long.BYTES);
        for (int index = 0; index < NativeQueues.FIELDS.size(); index++) {
            assertThat(C)
                    .containsEntry(
                            "offsetof(struct request_view, " + NativeQueues.FIELDS.get(index) + ")",
                            (long) index * Long.BYTES);
        }
    }

    @Test
    void bindingsAreToldTheSizesOfStructs() {
        assertThat(C)
                .containsEntry("tasker_struct_size(0) == sizeof(tasker_buffer)", 1L)
                .containsEntry("tasker_struct_size(1) == sizeof(tasker_options)", 1L);
    }

    @Test
    void aStartUpCacheIsUsedOnlyWithTheJarsAndTheJvmThatItWasMadeOf(@TempDir Path folder) throws IOException {
        CProgram cache = CProgram.compile(
                folder.resolve("cache"),
                "-fsanitize=address,undefined",
                CProgram.TEST_SOURCES.resolve("cache.c").toString(),
                CProgram.SOURCES.resolve("tasker.c").toString(),
                "-ldl");
        Path runtime = Files.createDirectory(folder.resolve("runtime"));
        assertThat(cache.run(Map.of(), runtime.toString())).isEqualTo(new CProgram.Run(0, "cache: as it should be\n"));
    }

    @Test
    void documentationNamesEveryStatusAndOperation() throws IOException {
        String page = Files.readString(Path.of("../docs/c-abi.md"));
        assertThat(page)
                .contains(new EngineOperations(null, null, null, Optional.empty(), () -> false)
                        .names().stream().map(name -> "`" + name + "`").toList());
        assertThat(Files.readAllLines(CProgram.SOURCES.resolve("tasker.h")).stream()
                        .map(String::strip)
                        .filter(line -> line.matches("TASKER_[A-Z0-9_]+ = -?\\d+.*"))
                        .map(line -> line.substring("TASKER_".length(), line.indexOf(' '))
                                .toUpperCase(Locale.ROOT)))
                .isNotEmpty()
                .allSatisfy(status -> assertThat(page).contains("`" + status + "`"));
    }
}

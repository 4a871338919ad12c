package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerRuntime;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    @Test
    void allLanguagesStartSideBySideAndAnswer() throws Exception {
        assertThat(PolyglotHost.warmUp(PolyglotConfig.defaults()).keySet())
                .isEqualTo(Set.of(HandlerRuntime.JAVASCRIPT, HandlerRuntime.PYTHON, HandlerRuntime.RUBY));
    }

    @Test
    void compilerIsNamed() {
        assertThat(PolyglotHost.compilerName()).isNotBlank();
        assertThat(PolyglotHost.isCompiled())
                .isEqualTo(!PolyglotHost.compilerName().equals("Interpreted"));
    }
}

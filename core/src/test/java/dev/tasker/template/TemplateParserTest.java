package dev.tasker.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidTemplateException;
import dev.tasker.error.TaskerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateParserTest {
    private final TemplateParser parser = new TemplateParser();

    @Test
    void readsStepsInATopologicalOrderThatKeepsTheWrittenOneWhereItCan() {
        Template template = parser.parse("""
                name: order
                namespace_name: shop
                version: 2.10.0
                default_runtime: ruby
                step_templates:
                  - {name: last, handler_class: "Shop::Last", depends_on_steps: [b, a], depends_on_step: a}
                  - {name: b, handler_class: "Shop::B", runtime: python}
                  - {name: a, handler_class: "Shop::A"}
                """, "order.yaml");

        assertThat(template.key()).hasToString("shop.order@2.10.0");
        assertThat(template.steps()).extracting(StepTemplate::name).containsExactly("b", "a", "last");
        assertThat(template.step("last").dependsOn()).containsExactly("a", "b");
        assertThat(template.step("last").handlerKey()).hasToString("ruby:Shop::Last");
        assertThat(template.step("b").handlerKey()).hasToString("python:Shop::B");
        assertThat(template.step("a").retryLimit()).isEqualTo(3);
        assertThat(template.step("a").timeoutSeconds()).isEqualTo(300);
    }

    @Test
    void anUnknownKeyIsNamedWithItsLine() {
        assertThatParsing("""
                        name: order
                        step_templates:
                          - name: a
                            handler_clas: x
                            runtime: java
                        """)
                .hasMessageContaining("order.yaml:4: unknown key `handler_clas`")
                .hasMessageContaining("order.yaml:3: key `handler_class` is missing")
                .satisfies(code(ErrorCode.TEMPLATE_INVALID, ErrorCode.TEMPLATE_UNKNOWN_KEY));
    }

    @Test
    void aValueOfTheWrongTypeIsNamedWithItsLine() {
        assertThatParsing("""
                        name: order
                        step_templates:
                          - name: a
                            handler_class: x
                            runtime: cobol
                            default_retry_limit: many
                        """)
                .hasMessageContaining("order.yaml:5: key `step_templates/0/runtime`")
                .hasMessageContaining("order.yaml:6: key `step_templates/0/default_retry_limit`");
    }

    @Test
    void aVersionThatYamlReadsAsANumberIsRefused() {
        assertThatParsing("name: a\nversion: 1.0\nstep_templates: [{name: a, handler_class: x, runtime: java}]\n")
                .hasMessageContaining("order.yaml:2: key `version`");
    }

    @Test
    void textThatIsNotYamlIsRefusedWithItsLine() {
        assertThatParsing("name: [order\nother: {\n")
                .hasMessageContaining("order.yaml:")
                .hasMessageContaining("not valid YAML")
                .satisfies(code(ErrorCode.TEMPLATE_SYNTAX));
        assertThatParsing("").satisfies(code(ErrorCode.TEMPLATE_SYNTAX));
        assertThatParsing("name: a\nname: b\n")
                .hasMessageContaining("order.yaml:2: ")
                .hasMessageContaining("twice");
    }

    @Test
    void aCycleIsPrintedInTheOrderOfExecution() {
        assertThatParsing("""
                        name: order
                        default_runtime: java
                        step_templates:
                          - {name: a, handler_class: x, depends_on_step: c}
                          - {name: b, handler_class: x, depends_on_step: a}
                          - {name: c, handler_class: x, depends_on_step: b}
                        """)
                .hasMessageContaining("steps form a cycle: a → b → c → a")
                .satisfies(code(ErrorCode.TEMPLATE_HAS_CYCLE));
        assertThatParsing("name: o\ndefault_runtime: java\nstep_templates: [{name: a, handler_class: x,"
                        + " depends_on_step: a}]\n")
                .hasMessageContaining("a → a");
    }

    @Test
    void aDependencyOnAnUnknownStepNamesTheStepsThereAre() {
        assertThatParsing("""
                        name: order
                        default_runtime: java
                        step_templates:
                          - {name: a, handler_class: x}
                          - name: b
                            handler_class: x
                            depends_on_steps: [a, shipp]
                        """)
                .hasMessageContaining("order.yaml:7: step `b` depends on `shipp`")
                .hasMessageContaining("(a, b)")
                .satisfies(code(ErrorCode.TEMPLATE_UNKNOWN_DEPENDENCY));
    }

    @Test
    void aStepThatIsDefinedTwiceIsRefused() {
        assertThatParsing("""
                        name: order
                        default_runtime: java
                        step_templates:
                          - {name: a, handler_class: x}
                          - {name: a, handler_class: y}
                        """)
                .hasMessageContaining("order.yaml:5: step `a` is defined twice")
                .satisfies(code(ErrorCode.TEMPLATE_DUPLICATE_STEP));
    }

    @Test
    void aStepWithoutARuntimeIsRefused() {
        assertThatParsing("name: order\nstep_templates:\n  - {name: a, handler_class: x}\n")
                .hasMessageContaining("order.yaml:3: step `a` names no runtime");
    }

    @Test
    void aChainOfThousandsOfStepsIsRead() {
        StringBuilder yaml = new StringBuilder("name: long\ndefault_runtime: java\nstep_templates:\n");
        for (int i = 0; i < 3_000; i++) {
            yaml.append("  - {name: s").append(i).append(", handler_class: x");
            yaml.append(i == 0 ? "}\n" : ", depends_on_step: s" + (i - 1) + "}\n");
        }

        assertThat(parser.parse(yaml.toString(), "long").steps()).hasSize(3_000);
    }

    @Test
    void handlerFilesAndDataLieRelativeToTheTemplate(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(
                folder.resolve("t.yaml"),
                "name: order\ndefault_runtime: ruby\nstep_templates:\n"
                        + "  - {name: a, handler_class: X, handler_file: ../handlers/x.rb}\n");

        Template template = parser.parse(file);

        assertThat(template.handlerPath(template.step("a")))
                .contains(folder.resolve("../handlers/x.rb").normalize());
    }

    @Test
    void aFileThatIsNotThereIsACleanError() {
        assertThatThrownBy(() -> parser.parse(Path.of("nowhere.yaml")))
                .isInstanceOf(InvalidTemplateException.class)
                .hasMessageContaining("nowhere.yaml")
                .hasMessageContaining("no such file");
    }

    @Test
    void equalContentHasAnEqualHash() {
        String yaml = "name: order\ndefault_runtime: java\nstep_templates: [{name: a, handler_class: x}]\n";
        String reordered = "default_runtime: java\nname: order\nstep_templates: [{handler_class: x, name: a}]\n";

        assertThat(parser.parse(yaml, "a").contentHash())
                .isEqualTo(parser.parse(reordered, "b").contentHash());
    }

    @Test
    void thePublishedSchemaIsTheOneThatIsUsed() throws Exception {
        Path published = Path.of("..", "docs", "template.schema.json");
        if (Boolean.getBoolean("tasker.update")) {
            Files.writeString(published, TemplateParser.schemaText());
        }
        assertThat(published)
                .as("docs/template.schema.json differs; update it with -Dtasker.update=true")
                .hasContent(TemplateParser.schemaText());
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertThatParsing(String yaml) {
        return assertThatThrownBy(() -> parser.parse(yaml, "order.yaml")).isInstanceOf(InvalidTemplateException.class);
    }

    private static java.util.function.Consumer<Throwable> code(ErrorCode... codes) {
        return problem -> assertThat(List.of(codes)).contains(((TaskerException) problem).code());
    }

    private static final String WITH_ENVIRONMENTS = """
            name: order
            default_runtime: java
            step_templates:
              - name: charge
                handler_class: Charge
                handler_config: {url: https://gateway.example, headers: {accept: json, version: 1}}
                timeout_seconds: 60
              - name: ship
                handler_class: Ship
            environments:
              staging:
                deadline_seconds: 90
                step_templates:
                  - name: charge
                    handler_config: {url: https://staging.example, headers: {version: 2}}
                    timeout_seconds: 5
            """;

    @Test
    void anEnvironmentMergesHandlerConfigAndReplacesOtherKeys() {
        Template staging = new TemplateParser(Optional.of("staging")).parse(WITH_ENVIRONMENTS, "order.yaml");

        assertThat(staging.step("charge").handlerConfig())
                .isEqualTo(
                        Map.of("url", "https://staging.example", "headers", Map.of("accept", "json", "version", 2L)));
        assertThat(staging.step("charge").timeoutSeconds()).isEqualTo(5);
        assertThat(staging.step("ship").timeoutSeconds()).isEqualTo(300);
        assertThat(staging.deadlineSeconds()).contains(90);
    }

    @Test
    void anEnvironmentThatTheTemplateDoesNotKnowChangesNothing() {
        Template plain = new TemplateParser().parse(WITH_ENVIRONMENTS, "order.yaml");
        Template other = new TemplateParser(Optional.of("production")).parse(WITH_ENVIRONMENTS, "order.yaml");
        Template staging = new TemplateParser(Optional.of("staging")).parse(WITH_ENVIRONMENTS, "order.yaml");

        assertThat(other).isEqualTo(plain);
        assertThat(plain.contentHash()).isNotEqualTo(staging.contentHash());
        assertThat(plain.configuration()).doesNotContainKey("environments");
    }

    @Test
    void anOverrideOfAStepThatIsNotThereIsAnErrorInEveryEnvironment() {
        String misspelt = WITH_ENVIRONMENTS.replace(
                "      - name: charge\n        handler_config", "      - name: charg\n        handler_config");

        assertThatThrownBy(() -> new TemplateParser().parse(misspelt, "order.yaml"))
                .isInstanceOf(InvalidTemplateException.class)
                .hasMessage("order.yaml:14: environment `staging` overrides step `charg`, which is no step of this"
                        + " template (charge, ship)");
    }

    @Test
    void anEnvironmentCannotChangeTheGraph() {
        String changed = WITH_ENVIRONMENTS.replace("timeout_seconds: 5", "depends_on_step: ship");

        assertThatThrownBy(() -> new TemplateParser().parse(changed, "order.yaml"))
                .hasMessageContaining("unknown key `depends_on_step`");
    }

    @Test
    void aStepThatIsNotListedInNamedStepsIsAnError() {
        String text = """
                name: order
                default_runtime: java
                named_steps: [charge, ship]
                step_templates:
                  - {name: charge, handler_class: Charge}
                  - {name: shipp, handler_class: Ship}
                """;

        assertThatThrownBy(() -> new TemplateParser().parse(text, "order.yaml"))
                .hasMessage("order.yaml:6: step `shipp` is not listed in `named_steps`; add it there, or correct its"
                        + " name");
    }
}

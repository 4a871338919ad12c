package dev.tasker.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.TaskerException;
import dev.tasker.identity.HandlerRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubscriptionFilesTest {
    @TempDir
    private Path folder;

    private final SubscriberFactory factory = new JavaSubscriberFactory(SubscriptionFilesTest.class.getClassLoader());

    @Test
    void aDeclarationHasDefaultsAndMakesItsSubscriber() throws IOException {
        write("alerts.yml", """
                alerts:
                  class: %s
                  config: {channel: ops}
                audit:
                  class: java:%s
                  enabled: false
                  durable: true
                  events: [task.failed, "step.*"]
                  template: shop.order@1.0.0
                """.formatted(Alerts.class.getName(), Alerts.class.getName()));

        List<SubscriptionDeclaration> declared = SubscriptionFiles.read(folder);

        assertThat(declared.get(0).enabled()).isTrue();
        assertThat(declared.get(0).durable()).isFalse();
        Subscriber alerts = factory.make(declared.get(0));
        assertThat(alerts)
                .isInstanceOfSatisfying(
                        Alerts.class, made -> assertThat(made.config).containsEntry("channel", "ops"));
        assertThat(declared.get(0).filter(alerts).patterns()).containsExactly("task.completed");
        assertThat(declared.get(1).enabled()).isFalse();
        assertThat(declared.get(1).durable()).isTrue();
        assertThat(declared.get(1).filter(alerts).patterns()).containsExactly("task.failed", "step.*");
    }

    @Test
    void aClassOfAnotherLanguageHasItsFileBesideTheDeclaration() throws IOException {
        write("audit.yml", """
                audit:
                  class: Orders::Audit
                  runtime: ruby
                  handler_file: ../handlers/audit.rb
                  events: [order.shipped]
                """);

        SubscriptionDeclaration declared = SubscriptionFiles.read(folder).getFirst();

        assertThat(declared.runtime()).isEqualTo(HandlerRuntime.RUBY);
        assertThat(declared.subscriberClass()).isEqualTo("Orders::Audit");
        assertThat(declared.handlerFile()).contains(folder.toAbsolutePath().resolveSibling("handlers/audit.rb"));
    }

    @Test
    void whatIsWrongIsNamedWithFileAndLine() throws IOException {
        assertRefused("a:\n  class: x\n  evnts: []\n", "bad.yml:3: `a/evnts` is no key of a subscription");
        assertRefused("a:\n  enabled: true\n", "bad.yml:1: `a/class` must be a text");
        assertRefused("a:\n  class: x\n  enabled: maybe\n", "bad.yml:3: `a/enabled` must be true or false");
        assertRefused("a:\n  class: x\n  events: [\"task failed\"]\n", "bad.yml:3: `a/events` cannot be used");
        assertRefused("a:\n  class: x\n  template: \"a b\"\n", "bad.yml:3: `a/template` must have the form");
        assertRefused("a:\n  class: x\n  runtime: perl\n", "bad.yml:3: `a/runtime` must be one of java, javascript");
        assertRefused("a:\n  class: x\n  handler_file: x.rb\n", "bad.yml:3: `a/handler_file` is for ruby");
        assertRefused("a:\n  class: x\n  runtime: ruby\n  events: [task.failed]\n", "`a/handler_file` must be a text");
        assertRefused("a:\n  class: x\n  runtime: ruby\n  handler_file: x.rb\n", "bad.yml:1: `a` needs `events`");
        assertRefused("a: [\n", "not valid YAML");
        assertRefused("- a\n", "must be a mapping");
    }

    @Test
    void aNameThatTwoFilesDeclareIsRefused() throws IOException {
        write("a.yml", "same: {class: x}\n");
        write("b.yml", "same: {class: y}\n");

        assertThatThrownBy(() -> SubscriptionFiles.read(folder))
                .hasMessageContaining("b.yml:1")
                .hasMessageContaining("a.yml:1");
    }

    @Test
    void aClassThatCannotBeUsedIsNamedWithItsPlace() throws IOException {
        write("a.yml", "none: {class: com.acme.None}\n");
        assertThatThrownBy(() -> factory.make(SubscriptionFiles.read(folder).getFirst()))
                .isInstanceOfSatisfying(
                        TaskerException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.SUBSCRIBER_CLASS_MISSING))
                .hasMessageContaining("a.yml:1");

        write("a.yml", "text: {class: java.lang.String}\n");
        assertThatThrownBy(() -> factory.make(SubscriptionFiles.read(folder).getFirst()))
                .hasMessageContaining("does not implement");
    }

    private void assertRefused(String text, String message) throws IOException {
        write("bad.yml", text);
        assertThatThrownBy(() -> SubscriptionFiles.read(folder))
                .isInstanceOfSatisfying(
                        TaskerException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.SUBSCRIPTION_INVALID))
                .hasMessageContaining(message);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    /// A subscriber that files can name.
    public static final class Alerts implements Subscriber {
        private final Map<String, Object> config;

        public Alerts(Map<String, Object> config) {
            this.config = config;
        }

        @Override
        public Set<String> events() {
            return Set.of("task.completed");
        }

        @Override
        public void accept(LifecycleEvent event) {}
    }
}

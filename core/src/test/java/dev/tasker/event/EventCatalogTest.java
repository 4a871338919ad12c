package dev.tasker.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskTransitions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventCatalogTest {
    private static final Path PAGE = Path.of("..", "docs", "events.md");

    private final EventCatalog catalog = new EventCatalog();

    @Test
    void everyNameOfTheTransitionTablesIsInTheCatalogueAndPublished() {
        Stream.concat(TaskTransitions.TABLE.transitions().stream(), StepTransitions.TABLE.transitions().stream())
                .forEach(move -> assertThat(catalog.info(move.eventName()))
                        .as(move.eventName())
                        .hasValueSatisfying(
                                event -> assertThat(event.isPublished()).isTrue()));
    }

    @Test
    void theCatalogueHasTheNamesOfBothFormerSystemsAndItsOwn() {
        assertThat(catalog.taskEvents()).hasSize(8 + 3);
        assertThat(catalog.stepEvents()).hasSize(10 + 3);
        assertThat(catalog.workflowEvents()).hasSize(19);
        assertThat(catalog.observabilityEvents()).hasSize(8);
        assertThat(catalog.registryEvents()).hasSize(14);
        assertThat(catalog.telemetryEvents()).hasSize(6).noneMatch(EventDefinition::isPublished);
        assertThat(catalog.completeCatalog()).hasSize(71);
    }

    @Test
    void everyExampleFitsItsSchema() {
        for (EventDefinition event : catalog.completeCatalog()) {
            assertThat(event.defectsOf(event.examplePayload())).isEmpty();
            assertThat(event.description()).as(event.name()).isNotBlank();
            assertThat(event.firedBy()).as(event.name()).isNotBlank();
        }
    }

    @Test
    void aPayloadIsHeldAgainstItsSchema() {
        EventDefinition event = catalog.info("handler.registered").orElseThrow();

        assertThat(event.defectsOf(Map.of("event_type", "handler.registered", "timestamp", "noon", "odd", 1)))
                .containsExactlyInAnyOrder(
                        "handler.registered: timestamp is no time: noon",
                        "handler.registered lacks name",
                        "handler.registered lacks runtime",
                        "handler.registered does not declare odd");
    }

    @Test
    void theCatalogueIsSearchedByTextAndNamespace() {
        assertThat(catalog.search("BACKOFF")).extracting(EventDefinition::name).contains("observability.step.backoff");
        assertThat(catalog.byNamespace("observability.task"))
                .extracting(EventDefinition::name)
                .containsExactlyInAnyOrder(
                        "observability.task.handle", "observability.task.enqueue", "observability.task.finalize");
    }

    @Test
    void aCustomEventNeedsADotAndANamespaceOfItsOwn() {
        for (String name : List.of("shipped", "task.shipped", "step.x", "workflow.x", "test.event", "a b.c", ".x")) {
            assertThatThrownBy(() -> catalog.registerCustomEvent(EventCatalog.custom(name, "", "")))
                    .as(name)
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining(name);
        }
        assertThatThrownBy(() -> catalog.registerCustomEvent(EventCatalog.custom("handler.registered", "", "")))
                .isInstanceOfSatisfying(
                        ConflictException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.EVENT_RESERVED));
        assertThat(catalog.customEvents()).isEmpty();
    }

    @Test
    void aCustomEventIsRegisteredOnceAndItsFirstDefinitionStays() {
        assertThat(catalog.registerCustomEvent(EventCatalog.custom("order.shipped", "first", "")))
                .isTrue();
        assertThat(catalog.registerCustomEvent(EventCatalog.custom("order.shipped", "second", "")))
                .isFalse();

        assertThat(catalog.info("order.shipped").orElseThrow().description()).isEqualTo("first");
    }

    @Test
    void aListWithOneBadCustomEventRegistersNone() {
        assertThatThrownBy(() -> catalog.registerAll(
                        List.of(EventCatalog.custom("order.shipped", "", ""), EventCatalog.custom("bad", "", ""))))
                .isInstanceOf(InvalidRequestException.class);

        assertThat(catalog.customEvents()).isEmpty();
    }

    @Test
    void customEventsAreReadFromFiles(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("orders.yml"), """
                event_metadata:
                  order:
                    shipped:
                      description: An order left the house
                      payload_schema: {order_id: integer, carrier: {type: text, description: who}}
                      fired_by: [ship_order]
                """);

        assertThat(CustomEventFiles.read(folder)).singleElement().satisfies(event -> {
            assertThat(event.name()).isEqualTo("order.shipped");
            assertThat(event.payload())
                    .extracting(PayloadField::type)
                    .containsExactly(FieldType.INTEGER, FieldType.TEXT);
        });
        assertThat(CustomEventFiles.read(folder.resolve("none"))).isEmpty();
    }

    @Test
    void aFileWithABadCustomEventIsRefusedWithItsLine(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("bad.yml"), "event_metadata:\n  task:\n    shipped: {description: no}\n");

        assertThatThrownBy(() -> CustomEventFiles.read(folder)).hasMessageContaining("bad.yml:3:");
    }

    @Test
    void thePageOfEventsIsRenderedFromTheCatalogue() throws IOException {
        String rendered = render();
        if (Boolean.getBoolean("tasker.update")) {
            Files.writeString(PAGE, rendered);
        }
        assertThat(PAGE)
                .as("docs/events.md differs from the catalogue; update it with -Dtasker.update=true")
                .hasContent(rendered);
    }

    private String render() {
        StringBuilder page = new StringBuilder("# Events\n\nRendered from `dev.tasker.event.EventCatalog` by a test. ")
                .append("[subscribers.md](subscribers.md) tells how to get them.\n\n")
                .append("Every payload has `event_type` and `timestamp`. Results, contexts and inputs are in no ")
                .append("event: they may be large or secret. A subscriber that needs them reads them by id.\n");
        for (EventDefinition.Category category : EventDefinition.Category.values()) {
            List<EventDefinition> events = catalog.completeCatalog().stream()
                    .filter(event -> event.category() == category)
                    .toList();
            if (!events.isEmpty()) {
                page.append("\n## ").append(category.key()).append('\n');
                events.forEach(event -> render(page, event));
            }
        }
        return page.toString();
    }

    private static void render(StringBuilder page, EventDefinition event) {
        page.append("\n### ").append(event.name()).append("\n\n").append(event.description());
        if (!event.isPublished()) {
            page.append(" **Reserved**: this release does not publish it.\n");
            return;
        }
        page.append(" Fired by ")
                .append(event.firedBy())
                .append(".\n\n| field | type | | meaning |\n|---|---|---|---|\n");
        event.payload()
                .forEach(field -> page.append("| ")
                        .append(String.join(
                                " | ",
                                field.name(),
                                field.type().key(),
                                field.always() ? "always" : "sometimes",
                                field.meaning()))
                        .append(" |\n"));
        page.append("\n```json\n").append(Json.write(event.examplePayload())).append("\n```\n");
    }
}

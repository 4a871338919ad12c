package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.TaskId;
import dev.tasker.request.Annotation;
import dev.tasker.store.AnnotationStore.StoredAnnotation;
import dev.tasker.store.NamespaceStore.Namespace;
import dev.tasker.store.SystemStore.DependentSystem;
import dev.tasker.store.SystemStore.ObjectMap;
import dev.tasker.store.SystemStore.RemoteObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Annotations, dependent systems, object maps and namespaces.
@ParameterizedClass
@EnumSource(PostgresVersion.class)
class RecordsTest {
    private static final int ROUNDS = 30;

    @Parameter
    private PostgresVersion version;

    private TestDatabase database;
    private Scene scene;
    private AnnotationStore annotations;
    private SystemStore systems;

    @BeforeEach
    void open() {
        database = TestDatabase.create(version);
        scene = new Scene(database);
        annotations = new AnnotationStore(new Database(scene.source()));
        systems = new SystemStore(new Database(scene.source()));
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void annotationsAreListedOldestFirstAndByPages() {
        TaskId task = scene.create(template("a"));
        annotations.add(task, new Annotation("note", "one"));
        annotations.add(task, new Annotation("review", Map.of("ok", true)));
        annotations.add(task, new Annotation("note", "three"));

        List<StoredAnnotation> first = annotations.list(task, 0, 2);
        List<StoredAnnotation> second = annotations.list(task, first.getLast().id(), 2);

        assertThat(first).extracting(note -> note.annotation().value()).containsExactly("one", Map.of("ok", true));
        assertThat(second).extracting(note -> note.annotation().value()).containsExactly("three");
        assertThat(annotations.types())
                .extracting(AnnotationStore.AnnotationType::name)
                .containsExactly("note", "review");
    }

    @Test
    void anUnknownTaskIsNotAnnotated() {
        TaskId unknown = new TaskId(4_711);

        assertThatThrownBy(() -> annotations.add(unknown, new Annotation("note", 1)))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> annotations.list(unknown, 0, 10)).isInstanceOf(NotFoundException.class);
        assertThat(annotations.types()).isEmpty();
    }

    @Test
    void aTypeThatTwoThreadsNeedAtOnceIsMadeOnce() throws Exception {
        TaskId task = scene.create(template("a"));

        for (int round = 0; round < ROUNDS; round++) {
            String type = "type_" + round;
            together(() -> annotations.add(task, new Annotation(type, 1)));
        }

        assertThat(annotations.types()).hasSize(ROUNDS);
        assertThat(annotations.list(task, 0, 1_000)).hasSize(2 * ROUNDS);
    }

    @Test
    void aSystemIsFoundOrMade() {
        DependentSystem made = systems.findOrCreate("billing");
        systems.describe("billing", "sends invoices");

        assertThat(systems.findOrCreate("billing").id()).isEqualTo(made.id());
        assertThat(systems.list()).extracting(DependentSystem::name).containsExactly("billing", "unknown");
        assertThat(systems.findOrCreate("billing").description()).isEqualTo(Optional.of("sends invoices"));
    }

    @Test
    void aSystemThatTwoThreadsNeedAtOnceIsMadeOnce() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String name = "system_" + round;
            List<DependentSystem> found = together(() -> systems.findOrCreate(name));
            assertThat(found.get(0)).isEqualTo(found.get(1));
        }
    }

    @Test
    void anObjectMapIsOneInEitherOrder() {
        RemoteObject customer = new RemoteObject("crm", "c-1");
        RemoteObject account = new RemoteObject("billing", "9");

        ObjectMap made = systems.map(customer, account);

        assertThat(made.created()).isTrue();
        assertThat(systems.map(account, customer)).isEqualTo(new ObjectMap(made.id(), false));
        assertThat(systems.map(customer, account)).isEqualTo(new ObjectMap(made.id(), false));
    }

    @Test
    void theCounterpartsOfARecordAreFoundFromBothSides() {
        RemoteObject customer = new RemoteObject("crm", "c-1");
        systems.map(customer, new RemoteObject("billing", "9"));
        systems.map(new RemoteObject("billing", "10"), customer);
        systems.map(customer, new RemoteObject("shipping", "s"));
        systems.map(new RemoteObject("crm", "c-0"), customer);

        assertThat(systems.counterparts(customer, "billing")).containsExactlyInAnyOrder("9", "10");
        assertThat(systems.counterparts(new RemoteObject("billing", "10"), "crm"))
                .containsExactly("c-1");
        assertThat(systems.counterparts(customer, "crm")).containsExactly("c-0");
        assertThat(systems.counterparts(new RemoteObject("crm", "c-0"), "crm")).containsExactly("c-1");
        assertThat(systems.counterparts(customer, "nowhere")).isEmpty();
    }

    @Test
    void twoThreadsThatMapTheSameRecordsFromOppositeSidesMakeOneMap() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            RemoteObject one = new RemoteObject("left_" + round, "1");
            RemoteObject two = new RemoteObject("right_" + round, "2");
            List<ObjectMap> maps = together(() -> systems.map(one, two), () -> systems.map(two, one));
            assertThat(maps)
                    .extracting(ObjectMap::id)
                    .containsOnly(maps.getFirst().id());
            assertThat(maps).extracting(ObjectMap::created).containsExactlyInAnyOrder(true, false);
        }
    }

    @Test
    void badNamesAndIdsAreRefused() {
        RemoteObject object = new RemoteObject("crm", "1");

        assertThatThrownBy(() -> systems.findOrCreate("x".repeat(65))).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> systems.findOrCreate(" ")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new RemoteObject("crm", "")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> new RemoteObject("crm", "x".repeat(129))).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> systems.map(object, new RemoteObject("crm", "1")))
                .hasMessageContaining("to itself");
    }

    @Test
    void namespacesAreDescribedAndListed() {
        NamespaceStore namespaces = new NamespaceStore(new Database(scene.source()));
        scene.register(template(Map.of("namespace_name", "shop"), "a"));
        namespaces.describe("shop", "what customers buy");
        namespaces.describe("empty", "nothing yet");

        assertThat(namespaces.list())
                .contains(
                        new Namespace("shop", Optional.of("what customers buy"), 1),
                        new Namespace("empty", Optional.of("nothing yet"), 0));
        assertThatThrownBy(() -> namespaces.describe("not this", "x")).isInstanceOf(InvalidRequestException.class);
    }

    private static <T> List<T> together(Callable<T> work) throws Exception {
        return together(work, work);
    }

    private static <T> List<T> together(Callable<T> one, Callable<T> two) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<T>> runs = new ArrayList<>();
            for (Callable<T> work : List.of(one, two)) {
                runs.add(threads.submit(() -> {
                    start.await(30, TimeUnit.SECONDS);
                    return work.call();
                }));
            }
            return List.of(runs.get(0).get(30, TimeUnit.SECONDS), runs.get(1).get(30, TimeUnit.SECONDS));
        }
    }
}

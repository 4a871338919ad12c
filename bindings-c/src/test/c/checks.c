/*
 * What programs do with libtasker, right and wrong: one check per process. Includes nothing of the library but its header.
 *
 *   checks CHECK [NUMBER [SEED]]
 *
 *   TASKER_RUNTIME       the runtime folder
 *   TASKER_TEST_CONFIG   the config of an engine, on an empty database that has the schema
 */
#define _GNU_SOURCE
#include <tasker.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXPECT(claim)                                                                   \
    do {                                                                                \
        if (!(claim)) {                                                                 \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim);         \
            _exit(1);                                                                   \
        }                                                                               \
    } while (0)

#define EXPECT_STATUS(expected, call, buffer)                                                              \
    do {                                                                                                   \
        int got_ = (call);                                                                                 \
        if (got_ != (expected)) {                                                                          \
            fprintf(stderr, "%s:%d: %s gives %d, not %s: %s\n", __FILE__, __LINE__, #call, got_, #expected, \
                    (buffer)->data == NULL ? "" : (buffer)->data);                                         \
            _exit(1);                                                                                      \
        }                                                                                                  \
    } while (0)

static long number_given = 0;
static uint64_t seed_given = 1;

static const char templates[] =
    "{\"yaml\":\"name: sums\\ndefault_runtime: python\\nstep_templates:\\n"
    "  - {name: add, handler_class: Add}\\n  - {name: double, handler_class: Double, depends_on_step: add}\\n\"}";
static const char failing[] =
    "{\"yaml\":\"name: fails\\ndefault_runtime: python\\nstep_templates:\\n"
    "  - {name: add, handler_class: Add, default_retry_limit: 2, backoff: {strategy: none}}\\n\"}";
static const char handlers[] = "{\"handlers\":[{\"name\":\"Add\"},{\"name\":\"Double\"}]}";

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static tasker_options plain_options(void) {
    return (tasker_options){.struct_size = sizeof(tasker_options), .abi_version = TASKER_ABI_VERSION};
}

static void init(void) {
    tasker_options options = plain_options();
    tasker_buffer error;
    EXPECT_STATUS(TASKER_OK, tasker_init(&options, &error), &error);
}

static tasker_handle open_engine(void) {
    const char *config = getenv("TASKER_TEST_CONFIG");
    tasker_handle engine;
    tasker_buffer error;
    EXPECT_STATUS(TASKER_OK, tasker_engine_open(config, strlen(config), &engine, &error), &error);
    EXPECT(engine != 0);
    return engine;
}

static void close_engine(tasker_handle engine) {
    tasker_buffer error;
    EXPECT_STATUS(TASKER_OK, tasker_engine_close(engine, 5000, &error), &error);
}

static int try_call(tasker_handle engine, const char *operation, const char *json, tasker_buffer *answer) {
    return tasker_call(engine, operation, strlen(operation), json, strlen(json), answer);
}

/* The number behind a key of the answer, or 0. */
static long call(tasker_handle engine, const char *operation, const char *json, const char *key) {
    tasker_buffer answer;
    EXPECT_STATUS(TASKER_OK, try_call(engine, operation, json, &answer), &answer);
    const char *place = key == NULL || answer.data == NULL ? NULL : strstr(answer.data, key);
    long found = place == NULL ? 0 : strtol(place + strlen(key), NULL, 10);
    tasker_buffer_free(&answer);
    return found;
}

static tasker_handle open_with_sums(void) {
    tasker_handle engine = open_engine();
    call(engine, "register_handlers", handlers, NULL);
    call(engine, "register_template", templates, NULL);
    return engine;
}

static long create(tasker_handle engine, const char *template) {
    static _Atomic long last = 0;
    char json[200];
    snprintf(json, sizeof json, "{\"template\":\"%s\",\"context\":{\"a\":%ld,\"pid\":%d}}", template, ++last, (int)getpid());
    long task = call(engine, "create_task", json, "\"task_id\":");
    EXPECT(task > 0);
    return task;
}

static void expect_state(tasker_handle engine, long task, const char *state) {
    char json[100];
    char expected[100];
    tasker_buffer answer;
    snprintf(json, sizeof json, "{\"task_id\":%ld,\"timeout_ms\":20000}", task);
    snprintf(expected, sizeof expected, "{\"state\":\"%s\"}", state);
    EXPECT_STATUS(TASKER_OK, try_call(engine, "wait_task", json, &answer), &answer);
    if (strcmp(answer.data, expected) != 0) fprintf(stderr, "task %ld: %s, not %s\n", task, answer.data, state);
    EXPECT(strcmp(answer.data, expected) == 0);
    tasker_buffer_free(&answer);
}

/* What get_task tells of a task. To be freed. */
static char *document(tasker_handle engine, long task) {
    char json[100];
    tasker_buffer answer;
    snprintf(json, sizeof json, "{\"task_id\":%ld}", task);
    EXPECT_STATUS(TASKER_OK, try_call(engine, "get_task", json, &answer), &answer);
    return answer.data;
}

static int complete(tasker_handle engine, uint64_t work, const char *json) {
    tasker_buffer error;
    int status = tasker_complete_work(engine, work, json, strlen(json), &error);
    tasker_buffer_free(&error);
    return status;
}

static uint64_t take(tasker_handle engine) {
    uint64_t work;
    tasker_buffer item;
    EXPECT_STATUS(TASKER_OK, tasker_next_work(engine, 20000, &work, &item), &item);
    EXPECT(work != 0 && item.length > 0 && strstr(item.data, "\"work_id\"") != NULL);
    tasker_buffer_free(&item);
    return work;
}

static int extend(tasker_handle engine, uint64_t work) {
    tasker_buffer error;
    int status = tasker_extend_work(engine, work, &error);
    tasker_buffer_free(&error);
    return status;
}

/* ---- Cycles and work ------------------------------------------------------------------------------------------ */

static void run_pulled(tasker_handle engine) {
    long task = create(engine, "sums");
    EXPECT(complete(engine, take(engine), "{\"results\":3}") == TASKER_OK);
    EXPECT(complete(engine, take(engine), "{\"results\":6}") == TASKER_OK);
    expect_state(engine, task, "complete");
}

static long descriptors(void) {
    long open = 0;
    for (int fd = 0; fd < 1024; fd++) open += fcntl(fd, F_GETFD) != -1;
    return open;
}

static void check_cycles(void) {
    init();
    tasker_handle before = 0;
    long at_begin = 0;
    for (long i = 0; i < number_given; i++) {
        tasker_handle engine = open_engine();
        EXPECT(engine != before);
        before = engine;
        if (i % 20 == 0) {
            call(engine, "register_handlers", handlers, NULL);
            call(engine, "register_template", templates, NULL);
            call(engine, "start", "", NULL);
            run_pulled(engine);
        }
        close_engine(engine);
        tasker_buffer error;
        EXPECT_STATUS(TASKER_HANDLE, tasker_engine_close(engine, 0, &error), &error);
        tasker_buffer_free(&error);
        if (i == 4) at_begin = descriptors();
    }
    EXPECT(number_given < 10 || descriptors() <= at_begin + 5);
}

static void check_pull(void) {
    init();
    tasker_handle engine = open_with_sums();
    call(engine, "start", "", NULL);
    run_pulled(engine);
    long task = create(engine, "sums");
    uint64_t work = take(engine);
    EXPECT(extend(engine, work) == TASKER_OK);
    EXPECT(complete(engine, work, "not json") == TASKER_INVALID);
    EXPECT(complete(engine, work, "[1]") == TASKER_INVALID);
    EXPECT(complete(engine, work, "{\"error\":{\"class\":\"E\",\"message\":\"m\",\"retryable\":false}}") == TASKER_OK);
    EXPECT(complete(engine, work, "{\"results\":1}") == TASKER_HANDLE);
    EXPECT(extend(engine, work) == TASKER_HANDLE);
    expect_state(engine, task, "error");
    close_engine(engine);
    EXPECT(complete(engine, work, "{\"results\":1}") == TASKER_HANDLE);
}

static void check_cancel(void) {
    init();
    tasker_handle engine = open_with_sums();
    call(engine, "start", "", NULL);
    long task = create(engine, "sums");
    uint64_t work = take(engine);
    char json[100];
    snprintf(json, sizeof json, "{\"task_id\":%ld,\"operator\":\"o\",\"reason\":\"r\"}", task);
    call(engine, "cancel_task", json, NULL);
    int64_t end = now_ms() + 20000;
    while (extend(engine, work) != TASKER_CLOSED) EXPECT(now_ms() < end);
    EXPECT(complete(engine, work, "{\"results\":1}") == TASKER_OK);
    EXPECT(complete(engine, work, "{\"results\":1}") == TASKER_HANDLE);
    expect_state(engine, task, "cancelled");
    close_engine(engine);
}

struct callback_run {
    tasker_handle engine;
    pthread_t caller;
    atomic_int calls;
    bool completes;
};

static void run_item(void *user, uint64_t work, const char *item, size_t length) {
    struct callback_run *run = user;
    EXPECT(pthread_equal(pthread_self(), run->caller));
    EXPECT(strlen(item) == length && strstr(item, "\"handler_class\"") != NULL);
    run->calls++;
    if (run->completes) EXPECT(complete(run->engine, work, "{\"results\":4}") == TASKER_OK);
}

static void check_callback(void) {
    init();
    tasker_handle engine = open_with_sums();
    struct callback_run run = {.engine = engine, .caller = pthread_self(), .completes = true};
    long task = create(engine, "sums");
    tasker_buffer verdict;
    EXPECT_STATUS(TASKER_OK, tasker_handle_task(engine, (uint64_t)task, run_item, &run, &verdict), &verdict);
    EXPECT(run.calls == 2 && strstr(verdict.data, "\"ended\"") != NULL && strstr(verdict.data, "\"complete\"") != NULL);
    tasker_buffer_free(&verdict);
    EXPECT_STATUS(TASKER_OK, tasker_handle_task(engine, (uint64_t)task, run_item, &run, &verdict), &verdict);
    EXPECT(run.calls == 2);
    tasker_buffer_free(&verdict);
    EXPECT_STATUS(TASKER_INVALID, tasker_handle_task(engine, UINT64_MAX, run_item, &run, &verdict), &verdict);
    tasker_buffer_free(&verdict);
    EXPECT_STATUS(TASKER_INVALID, tasker_handle_task(engine, 999999, run_item, &run, &verdict), &verdict);
    EXPECT(strstr(verdict.data, "TASK_NOT_FOUND") != NULL);
    tasker_buffer_free(&verdict);
    close_engine(engine);
}

/* A function that forgets its work does not leave the task hanging: its attempts fail until there are none left. */
static void check_forgotten(void) {
    init();
    tasker_handle engine = open_with_sums();
    call(engine, "register_template", failing, NULL);
    struct callback_run run = {.engine = engine, .caller = pthread_self(), .completes = false};
    long task = create(engine, "fails");
    int64_t end = now_ms() + 20000;
    tasker_buffer verdict;
    bool is_over = false;
    while (!is_over) {
        EXPECT(now_ms() < end);
        EXPECT_STATUS(TASKER_OK, tasker_handle_task(engine, (uint64_t)task, run_item, &run, &verdict), &verdict);
        is_over = strstr(verdict.data, "\"again\"") == NULL;
        tasker_buffer_free(&verdict);
    }
    EXPECT(run.calls == 2);
    expect_state(engine, task, "error");
    char *text = document(engine, task);
    EXPECT(strstr(text, "WORK_NOT_COMPLETED") != NULL);
    free(text);
    close_engine(engine);
}

struct second_call {
    struct callback_run run;
    long task;
    char verdict[200];
};

static void *handle_again(void *argument) {
    struct second_call *second = argument;
    tasker_buffer verdict;
    struct callback_run never = {.engine = second->run.engine, .caller = pthread_self(), .completes = true};
    EXPECT_STATUS(TASKER_OK,
                  tasker_handle_task(never.engine, (uint64_t)second->task, run_item, &never, &verdict), &verdict);
    EXPECT(never.calls == 0 && strstr(verdict.data, "nothing_to_do") != NULL);
    tasker_buffer_free(&verdict);
    return NULL;
}

static void run_with_second(void *user, uint64_t work, const char *item, size_t length) {
    struct second_call *second = user;
    pthread_t thread;
    (void)item;
    (void)length;
    EXPECT(pthread_equal(pthread_self(), second->run.caller));
    EXPECT(pthread_create(&thread, NULL, handle_again, second) == 0 && pthread_join(thread, NULL) == 0);
    second->run.calls++;
    EXPECT(complete(second->run.engine, work, "{\"results\":4}") == TASKER_OK);
}

/* All steps come to the caller that was first, also after a second one has come and gone. */
static void check_second_caller(void) {
    init();
    tasker_handle engine = open_with_sums();
    struct second_call second = {.run = {.engine = engine, .caller = pthread_self()}, .task = create(engine, "sums")};
    tasker_buffer verdict;
    EXPECT_STATUS(TASKER_OK, tasker_handle_task(engine, (uint64_t)second.task, run_with_second, &second, &verdict), &verdict);
    EXPECT(second.run.calls == 2 && strstr(verdict.data, "\"ended\"") != NULL);
    tasker_buffer_free(&verdict);
    close_engine(engine);
}

static void check_wake_fd(void) {
    init();
    tasker_handle engine = open_with_sums();
    struct pollfd waiting = {.fd = tasker_wake_fd(engine), .events = POLLIN};
    EXPECT(waiting.fd >= 0 && tasker_wake_fd(0) == -1 && tasker_wake_fd(engine + 1) == -1);
    EXPECT((fcntl(waiting.fd, F_GETFD) & FD_CLOEXEC) != 0);
    EXPECT(poll(&waiting, 1, 0) == 0);
    call(engine, "start", "", NULL);
    create(engine, "sums");
    EXPECT(poll(&waiting, 1, 20000) == 1);
    uint64_t work = take(engine);
    EXPECT(poll(&waiting, 1, 0) == 0);
    EXPECT(complete(engine, work, "{\"results\":1}") == TASKER_OK);
    EXPECT(poll(&waiting, 1, 20000) == 1 && poll(&waiting, 1, 0) == 1);
    EXPECT(complete(engine, take(engine), "{\"results\":1}") == TASKER_OK);
    EXPECT(poll(&waiting, 1, 0) == 0);
    uint64_t none;
    tasker_buffer item;
    EXPECT_STATUS(TASKER_TIMEOUT, tasker_next_work(engine, 0, &none, &item), &item);
    EXPECT_STATUS(TASKER_TIMEOUT, tasker_next_work(engine, -5, &none, &item), &item);
    EXPECT(none == 0 && item.data == NULL && item.length == 0);
    close_engine(engine);
}

/* ---- HTTP calls, answered as work ----------------------------------------------------------------------------- */

/* A server that accepts, and answers when it is told to. */
static int open_server(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(server >= 0 && bind(server, (struct sockaddr *)&address, length) == 0 && listen(server, 8) == 0);
    EXPECT(getsockname(server, (struct sockaddr *)&address, &length) == 0);
    *port = ntohs(address.sin_port);
    return server;
}

/* Waits for a request, and gives the connection of its client. */
static int next_request(int server) {
    struct pollfd waiting = {.fd = server, .events = POLLIN};
    EXPECT(poll(&waiting, 1, 20000) == 1);
    return accept(server, NULL, NULL);
}

static void respond(int client) {
    static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    EXPECT(write(client, response, strlen(response)) == (ssize_t)strlen(response));
    close(client);
}

static int begin(tasker_handle engine, uint64_t work, const char *operation, int port, int number, tasker_buffer *answer) {
    char json[200];
    snprintf(json, sizeof json,
             "{\"work_id\":%" PRIu64 ",\"operation\":\"%s\",\"call\":%d,\"arguments\":"
             "[{\"method\":\"GET\",\"url\":\"http://127.0.0.1:%d/\"}]}",
             work, operation, number, port);
    return try_call(engine, "work", json, answer);
}

static void begin_http(tasker_handle engine, uint64_t work, int port, int number) {
    tasker_buffer answer;
    EXPECT_STATUS(TASKER_OK, begin(engine, work, "http", port, number, &answer), &answer);
    EXPECT(strcmp(answer.data, "null") == 0);
    tasker_buffer_free(&answer);
}

static void expect_answer(tasker_handle engine, int number, const char *part) {
    char call[40];
    uint64_t work;
    tasker_buffer item;
    int status;
    int64_t end = now_ms() + 20000;
    /* Where the engine closes, nobody waits for one. */
    while ((status = tasker_next_work(engine, 20000, &work, &item)) == TASKER_CLOSED && now_ms() < end) {
        tasker_buffer_free(&item);
    }
    EXPECT_STATUS(TASKER_OK, status, &item);
    snprintf(call, sizeof call, "\"call\":%d,", number);
    if (strstr(item.data, part) == NULL) fprintf(stderr, "%s\n", item.data);
    EXPECT(work == 0 && strstr(item.data, "\"kind\":\"answer\"") != NULL && strstr(item.data, call) != NULL);
    EXPECT(strstr(item.data, part) != NULL);
    tasker_buffer_free(&item);
}

/* They hold no thread of the program, go out one by one in their order, and end with their attempt. */
static void check_http(void) {
    init();
    tasker_handle engine = open_with_sums();
    int port;
    int server = open_server(&port);
    call(engine, "start", "", NULL);
    create(engine, "sums");
    uint64_t work = take(engine);
    for (int number = 1; number <= 3; number++) begin_http(engine, work, port, number);
    for (int number = 1; number <= 2; number++) {
        int client = next_request(server);
        EXPECT(extend(engine, work) == TASKER_OK);
        respond(client);
        expect_answer(engine, number, "\"text\":\"hi\"");
    }
    int client = next_request(server);
    begin_http(engine, work, port, 4);
    EXPECT(complete(engine, work, "{\"results\":1}") == TASKER_OK);
    /* The child of the step comes meanwhile, before or after them. */
    bool is_there = false;
    for (int found = 0; found < 3; found++) {
        uint64_t next;
        tasker_buffer item;
        EXPECT_STATUS(TASKER_OK, tasker_next_work(engine, 20000, &next, &item), &item);
        EXPECT((next != 0) != (strstr(item.data, "\"kind\":\"cancelled\"") != NULL));
        if (next != 0) work = next;
        is_there = is_there || next != 0;
        tasker_buffer_free(&item);
    }
    EXPECT(is_there);
    close(client);
    close(server);
    tasker_buffer error;
    EXPECT_STATUS(TASKER_INVALID, begin(engine, work, "heartbeat", port, 5, &error), &error);
    EXPECT(strstr(error.data, "REQUEST_INVALID") != NULL);
    tasker_buffer_free(&error);
    close_engine(engine);
}

/* ---- Closing -------------------------------------------------------------------------------------------------- */

struct in_flight {
    tasker_handle engine;
    long task;
    atomic_int begun;
    atomic_int ended;
};

static void *wait_for_work(void *argument) {
    struct in_flight *flight = argument;
    uint64_t work;
    tasker_buffer item;
    flight->begun++;
    int status = tasker_next_work(flight->engine, 60000, &work, &item);
    EXPECT(status == TASKER_CLOSED || status == TASKER_HANDLE);
    tasker_buffer_free(&item);
    flight->ended++;
    return NULL;
}

static void *wait_for_task(void *argument) {
    struct in_flight *flight = argument;
    char json[100];
    tasker_buffer answer;
    snprintf(json, sizeof json, "{\"task_id\":%ld,\"timeout_ms\":60000}", flight->task);
    flight->begun++;
    int status = try_call(flight->engine, "wait_task", json, &answer);
    EXPECT(status == TASKER_CLOSED || status == TASKER_HANDLE);
    tasker_buffer_free(&answer);
    flight->ended++;
    return NULL;
}

static void *keep_calling(void *argument) {
    struct in_flight *flight = argument;
    char json[100];
    snprintf(json, sizeof json, "{\"task_id\":%ld}", flight->task);
    flight->begun++;
    int status = TASKER_OK;
    while (status == TASKER_OK) {
        tasker_buffer answer;
        status = try_call(flight->engine, "get_task", json, &answer);
        if (status != TASKER_OK && status != TASKER_CLOSED && status != TASKER_HANDLE) {
            fprintf(stderr, "a call while the engine closes: %d %s\n", status, answer.data);
        }
        EXPECT(status == TASKER_OK || status == TASKER_CLOSED || status == TASKER_HANDLE);
        tasker_buffer_free(&answer);
    }
    flight->ended++;
    return NULL;
}

static void check_close_in_flight(void) {
    init();
    for (long round = 0; round < number_given; round++) {
        tasker_handle engine = open_with_sums();
        struct in_flight flight = {.engine = engine, .task = create(engine, "sums")};
        void *(*const calls[])(void *) = {wait_for_work, wait_for_work, wait_for_task, keep_calling, keep_calling};
        enum { THREADS = sizeof calls / sizeof *calls };
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], NULL, calls[i], &flight) == 0);
        while (flight.begun < THREADS) sched_yield();
        int64_t begin = now_ms();
        close_engine(engine);
        EXPECT(now_ms() - begin < 15000);
        for (int i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
        EXPECT(flight.ended == THREADS);
    }
}

static void *complete_while_closing(void *argument) {
    struct in_flight *flight = argument;
    tasker_buffer answer;
    char json[100];
    /* As soon as other calls are refused, the engine closes. */
    int64_t end = now_ms() + 20000;
    while (try_call(flight->engine, "get_task", "{\"task_id\":1}", &answer) != TASKER_CLOSED) {
        EXPECT(now_ms() < end);
        tasker_buffer_free(&answer);
    }
    tasker_buffer_free(&answer);
    EXPECT(extend(flight->engine, (uint64_t)flight->task) == TASKER_OK);
    snprintf(json, sizeof json, "{\"work_id\":%ld,\"operation\":\"is_cancelled\"}", flight->task);
    EXPECT_STATUS(TASKER_OK, try_call(flight->engine, "work", json, &answer), &answer);
    EXPECT(strcmp(answer.data, "false") == 0);
    tasker_buffer_free(&answer);
    int port;
    int server = open_server(&port);
    begin_http(flight->engine, (uint64_t)flight->task, port, 8);
    respond(next_request(server));
    expect_answer(flight->engine, 8, "\"text\":\"hi\"");
    close(server);
    EXPECT(complete(flight->engine, (uint64_t)flight->task, "{\"results\":77}") == TASKER_OK);
    flight->ended++;
    return NULL;
}

/* What runs is completed while the engine closes; what waits is given back; nothing new is begun. */
static void check_drain(void) {
    init();
    tasker_handle engine = open_with_sums();
    call(engine, "start", "", NULL);
    long running = create(engine, "sums");
    struct in_flight flight = {.engine = engine, .task = (long)take(engine)};
    struct pollfd waiting = {.fd = tasker_wake_fd(engine), .events = POLLIN};
    long never_asked_for = create(engine, "sums");
    EXPECT(poll(&waiting, 1, 20000) == 1);
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, complete_while_closing, &flight) == 0);
    tasker_buffer error;
    int64_t begin = now_ms();
    EXPECT_STATUS(TASKER_OK, tasker_engine_close(engine, 60000, &error), &error);
    EXPECT(now_ms() - begin < 20000);
    EXPECT(pthread_join(thread, NULL) == 0 && flight.ended == 1);

    engine = open_engine();
    char *text = document(engine, running);
    EXPECT(strstr(text, "77") != NULL);
    free(text);
    text = document(engine, never_asked_for);
    EXPECT(strstr(text, "\"attempts\":0") != NULL && strstr(text, "\"attempts\":1") == NULL);
    free(text);
    close_engine(engine);
}

static void close_inside(void *user, uint64_t work, const char *item, size_t length) {
    struct callback_run *run = user;
    tasker_buffer error;
    (void)item;
    (void)length;
    run->calls++;
    EXPECT_STATUS(TASKER_OK, tasker_engine_close(run->engine, 100, &error), &error);
    EXPECT(complete(run->engine, work, "{\"results\":4}") == TASKER_HANDLE);
}

/* Wrong, but it ends. */
static void check_close_in_callback(void) {
    init();
    tasker_handle engine = open_with_sums();
    struct callback_run run = {.engine = engine, .caller = pthread_self()};
    long task = create(engine, "sums");
    tasker_buffer verdict;
    int status = tasker_handle_task(engine, (uint64_t)task, close_inside, &run, &verdict);
    EXPECT(run.calls == 1 && (status == TASKER_OK || status == TASKER_CLOSED));
    tasker_buffer_free(&verdict);
    close_engine(open_engine());
}

static void *close_now(void *argument) {
    struct in_flight *flight = argument;
    tasker_buffer error;
    EXPECT_STATUS(TASKER_OK, tasker_engine_close(flight->engine, flight->task, &error), &error);
    flight->ended++;
    return NULL;
}

struct closing_run {
    struct in_flight flight; /* its task is the time that the close waits for */
    pthread_t closer;
    bool outlasts;
    int calls;
};

static void close_beside(void *user, uint64_t work, const char *item, size_t length) {
    struct closing_run *run = user;
    tasker_buffer answer;
    (void)item;
    (void)length;
    run->calls++;
    EXPECT(pthread_create(&run->closer, NULL, close_now, &run->flight) == 0);
    int64_t end = now_ms() + 20000;
    int status;
    do {
        EXPECT(now_ms() < end);
        status = try_call(run->flight.engine, "get_task", "{\"task_id\":1}", &answer);
        tasker_buffer_free(&answer);
    } while (status != TASKER_CLOSED && status != TASKER_HANDLE);
    if (run->outlasts) {
        EXPECT(pthread_join(run->closer, NULL) == 0);
        EXPECT(complete(run->flight.engine, work, "{\"results\":4}") == TASKER_HANDLE);
    } else {
        EXPECT(complete(run->flight.engine, work, "{\"results\":4}") == TASKER_OK);
    }
}

/* A callback that ends in time is recorded, and the next step is not begun; one that does not is given back. */
static void check_close_during_callback(void) {
    init();
    for (int outlasts = 0; outlasts <= 1; outlasts++) {
        tasker_handle engine = open_with_sums();
        long task = create(engine, "sums");
        struct closing_run run = {.flight = {.engine = engine, .task = outlasts ? 100 : 60000}, .outlasts = outlasts};
        tasker_buffer verdict;
        int status = tasker_handle_task(engine, (uint64_t)task, close_beside, &run, &verdict);
        EXPECT(status == TASKER_OK || status == TASKER_CLOSED);
        tasker_buffer_free(&verdict);
        if (!outlasts) EXPECT(pthread_join(run.closer, NULL) == 0);
        EXPECT(run.calls == 1 && run.flight.ended == 1);
        engine = open_engine();
        char *text = document(engine, task);
        const char *add = strstr(text, "\"name\":\"add\"");
        EXPECT(add != NULL);
        EXPECT((strstr(add, "\"state\":\"complete\"") != NULL) == !outlasts);
        free(text);
        close_engine(engine);
    }
}

/* ---- Many threads --------------------------------------------------------------------------------------------- */

enum { TASKS_PER_THREAD = 10 };

static void *create_tasks(void *argument) {
    struct in_flight *flight = argument;
    for (int i = 0; i < TASKS_PER_THREAD; i++) create(flight->engine, "sums");
    return NULL;
}

static void *pull_all(void *argument) {
    struct in_flight *flight = argument;
    while (flight->ended < flight->task) {
        uint64_t work;
        tasker_buffer item;
        int status = tasker_next_work(flight->engine, 50, &work, &item);
        EXPECT(status == TASKER_OK || status == TASKER_TIMEOUT);
        if (status == TASKER_OK) {
            EXPECT(complete(flight->engine, work, "{\"results\":5}") == TASKER_OK);
            flight->ended++;
        }
        tasker_buffer_free(&item);
    }
    return NULL;
}

static void *handle_one(void *argument) {
    struct in_flight *flight = argument;
    struct callback_run run = {.engine = flight->engine, .caller = pthread_self(), .completes = true};
    for (int i = 0; i < TASKS_PER_THREAD; i++) {
        tasker_buffer verdict;
        long task = create(flight->engine, "sums");
        EXPECT_STATUS(TASKER_OK, tasker_handle_task(flight->engine, (uint64_t)task, run_item, &run, &verdict), &verdict);
        tasker_buffer_free(&verdict);
    }
    return NULL;
}

static void run_threads(tasker_handle engine, bool pulls) {
    enum { EACH = 8 };
    pthread_t threads[2 * EACH];
    struct in_flight flight = {.engine = engine, .task = EACH * TASKS_PER_THREAD * 2};
    int count = 0;
    for (int i = 0; i < EACH; i++) {
        EXPECT(pthread_create(&threads[count++], NULL, pulls ? create_tasks : handle_one, &flight) == 0);
        if (pulls) EXPECT(pthread_create(&threads[count++], NULL, pull_all, &flight) == 0);
    }
    for (int i = 0; i < count; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
}

static void check_threads(void) {
    init();
    tasker_handle first = open_with_sums();
    run_threads(first, false);
    call(first, "start", "", NULL);
    run_threads(first, true);
    close_engine(first);
}

/* ---- Start, fork, signals -------------------------------------------------------------------------------------- */

static void expect_unusable(int status, const char *code) {
    tasker_handle engine;
    uint64_t work;
    tasker_buffer buffer;
    EXPECT(tasker_state() == status);
    EXPECT_STATUS(status, tasker_engine_open("{}", 2, &engine, &buffer), &buffer);
    EXPECT(engine == 0 && strstr(buffer.data, code) != NULL);
    tasker_buffer_free(&buffer);
    EXPECT_STATUS(status, tasker_call(1, "x", 1, "", 0, &buffer), &buffer);
    tasker_buffer_free(&buffer);
    EXPECT_STATUS(status, tasker_next_work(1, 0, &work, &buffer), &buffer);
    tasker_buffer_free(&buffer);
    EXPECT_STATUS(status, tasker_handle_task(1, 1, run_item, NULL, &buffer), &buffer);
    tasker_buffer_free(&buffer);
    EXPECT(extend(1, 1) == status && complete(1, 1, "{}") == status);
    EXPECT_STATUS(status, tasker_engine_close(1, 0, &buffer), &buffer);
    tasker_buffer_free(&buffer);
    EXPECT(tasker_wake_fd(1) == -1);
}

static void expect_no_start(int status, const tasker_options *options, const char *code, const char *looked_for) {
    tasker_buffer error;
    EXPECT_STATUS(status, tasker_init(options, &error), &error);
    if (strstr(error.data, code) == NULL || strstr(error.data, looked_for) == NULL) {
        fprintf(stderr, "%s lacks %s or %s\n", error.data, code, looked_for);
        _exit(1);
    }
    tasker_buffer_free(&error);
}

static void check_start(void) {
    tasker_buffer error;
    tasker_options options = plain_options();
    expect_unusable(TASKER_STATE, "NOT_INITIALISED");
    EXPECT_STATUS(TASKER_INVALID, tasker_init(NULL, &error), &error);
    tasker_buffer_free(&error);
    options.abi_version = 99;
    expect_no_start(TASKER_ABI, &options, "ABI_MISMATCH", "ABI 99");
    options = plain_options();
    options.struct_size--;
    expect_no_start(TASKER_ABI, &options, "ABI_MISMATCH", "same release");
    options = plain_options();
    options.heap_max_mb = 1;
    expect_no_start(TASKER_INVALID, &options, "ARGUMENT_INVALID", "heap_max_mb");
    options.heap_max_mb = UINT32_MAX;
    expect_no_start(TASKER_INVALID, &options, "ARGUMENT_INVALID", "heap_max_mb");
    options = plain_options();
    options.runtime = "/nowhere/\"\\\n\xff";
    expect_no_start(TASKER_JVM, &options, "RUNTIME_NOT_FOUND", "/nowhere/");
    options = plain_options();
    options.java_home = "/no/such/jdk";
    expect_no_start(TASKER_JVM, &options, "JVM_NOT_FOUND", "/no/such/jdk");
    EXPECT(tasker_init(&options, NULL) == TASKER_JVM);
    expect_unusable(TASKER_STATE, "NOT_INITIALISED");

    init();
    EXPECT(tasker_state() == TASKER_OK);
    options = plain_options();
    expect_no_start(TASKER_STATE, &options, "ALREADY_INITIALISED", "before");
    tasker_handle engine = open_engine();
    close_engine(engine);
    EXPECT_STATUS(TASKER_HANDLE, try_call(engine, "start", "", &error), &error);
    tasker_buffer_free(&error);
}

/* A JVM that does not start leaves the program alive. */
static void check_bad_option(void) {
    tasker_options options = plain_options();
    options.jvm_options = "-XX:+NoSuchOption";
    expect_no_start(TASKER_JVM, &options, "JVM_NOT_STARTED", "NoSuchOption");
    options.jvm_options = NULL;
    expect_no_start(TASKER_STATE, &options, "ALREADY_INITIALISED", "failed before");
    expect_unusable(TASKER_STATE, "NOT_INITIALISED");
}

static int end_of(pid_t child) {
    int status = -1;
    EXPECT(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void fork_inside(void *user, uint64_t work, const char *item, size_t length) {
    struct callback_run *run = user;
    (void)item;
    (void)length;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        run->calls = 1000;
        return;
    }
    EXPECT(end_of(child) == 7);
    run->calls++;
    EXPECT(complete(run->engine, work, "{\"results\":4}") == TASKER_OK);
}

static void check_fork(void) {
    pid_t child = fork();
    if (child == 0) {
        /* Before: the child starts a JVM of its own. */
        init();
        close_engine(open_engine());
        exit(7);
    }
    EXPECT(end_of(child) == 7);
    init();
    tasker_handle engine = open_with_sums();
    for (int i = 0; i < 20; i++) {
        child = fork();
        if (child == 0) {
            tasker_options options = plain_options();
            expect_unusable(TASKER_FORKED, "PROCESS_FORKED");
            expect_no_start(TASKER_FORKED, &options, "PROCESS_FORKED", "post_worker_init");
            if (i % 2 == 0) exit(7);
            _exit(7);
        }
        EXPECT(end_of(child) == 7);
    }
    struct callback_run run = {.engine = engine};
    long task = create(engine, "sums");
    tasker_buffer verdict;
    int status = tasker_handle_task(engine, (uint64_t)task, fork_inside, &run, &verdict);
    if (run.calls >= 1000) _exit(status == TASKER_FORKED ? 7 : 8);
    EXPECT(status == TASKER_OK && run.calls == 2);
    tasker_buffer_free(&verdict);
    close_engine(engine);
}

static atomic_int terms = 0;
static atomic_int interrupts = 0;
static atomic_int children = 0;

static void on_signal(int number) {
    if (number == SIGTERM) terms++;
    if (number == SIGINT) interrupts++;
    if (number == SIGCHLD) children++;
}

static void handle(int number) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    EXPECT(sigaction(number, &action, NULL) == 0);
}

static void check_signals(void) {
    handle(SIGTERM);
    handle(SIGINT);
    handle(SIGCHLD);
    struct sigaction before[65];
    sigset_t mask_before;
    sigset_t mask_after;
    sigemptyset(&mask_before);
    sigemptyset(&mask_after);
    for (int i = 1; i < 65; i++) sigaction(i, NULL, &before[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    init();
    tasker_handle engine = open_with_sums();
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    for (int i = 1; i < 65; i++) {
        struct sigaction after;
        EXPECT(sigismember(&mask_before, i) == sigismember(&mask_after, i));
        if (sigaction(i, NULL, &after) != 0) continue;
        bool is_of_jvm = i == SIGSEGV || i == SIGBUS || i == SIGFPE || i == SIGILL || i == 50 || i == SIGRTMAX - 2;
        if (after.sa_handler != before[i].sa_handler && !is_of_jvm) {
            fprintf(stderr, "the JVM took signal %d\n", i);
            _exit(1);
        }
    }
    EXPECT(kill(getpid(), SIGTERM) == 0);
    EXPECT(kill(getpid(), SIGINT) == 0);
    EXPECT(terms == 1 && interrupts == 1);
    pid_t child = fork();
    if (child == 0) _exit(7);
    EXPECT(end_of(child) == 7 && children == 1);
    EXPECT(system("exit 3") == 3 << 8);
    call(engine, "start", "", NULL);
    run_pulled(engine);
    close_engine(engine);
}

/* ---- Fuzz ------------------------------------------------------------------------------------------------------ */

static uint64_t draw(uint64_t bound) {
    seed_given ^= seed_given << 13;
    seed_given ^= seed_given >> 7;
    seed_given ^= seed_given << 17;
    return seed_given % bound;
}

struct text {
    const char *bytes;
    size_t length;
};

#define TEXT(literal) {literal, sizeof literal - 1}

static struct text any_text(char *room, size_t size) {
    static const struct text fixed[] = {
        {NULL, 0}, {NULL, 5}, {"", 0}, TEXT("{}"), TEXT("{"), TEXT("[]"), TEXT("null"), TEXT("1e999"),
        TEXT("\"\\ud800\""), TEXT("{\"a\":\"\xff\xfe\"}"), TEXT("\xc0\x80"), TEXT("\xed\xa0\x80"), TEXT("\xf4\x90\x80\x80"),
        TEXT("\xe2\x82"), TEXT("{\"a\":\0}"), {"{}", SIZE_MAX}, {"{}", (size_t)TASKER_TEXT_MAX + 1}, {"{}", (size_t)1 << 63},
        TEXT("{\"work_id\":1}"), TEXT("{\"work_id\":-9223372036854775808,\"operation\":\"log\",\"arguments\":[\"x\",1]}"),
        TEXT("{\"task_id\":1}"), TEXT("{\"task_id\":\"1\"}"), TEXT("{\"task_id\":9e99}"), TEXT("{\"task_id\":0}"),
        TEXT("{\"task_id\":1,\"step\":\"add\"}"), TEXT("{\"step_id\":1}"), TEXT("{\"step_id\":-1,\"operator\":\"o\",\"reason\":\"r\"}"),
        TEXT("{\"task_id\":1,\"timeout_ms\":1,\"operator\":\"o\",\"reason\":\"r\"}"),
        TEXT("{\"template\":\"sums\",\"context\":{},\"duplicates\":\"perhaps\"}"), TEXT("{\"template\":\"@@@\",\"context\":[]}"),
        TEXT("{\"template\":\"sums\",\"context\":{\"x\":1},\"priority\":\"high\"}"), TEXT("{\"yaml\":\"a: [\"}"),
        TEXT("{\"yaml\":\"\"}"), TEXT("{\"path\":\"/nowhere\\u0000\"}"), TEXT("{\"path\":\"\"}"), TEXT("{\"handlers\":[1]}"),
        TEXT("{\"handlers\":[{\"name\":\"\"}]}"), TEXT("{\"handlers\":[{\"name\":\"A\",\"declaration\":{\"retry_limit\":-1}}]}"),
        TEXT("{\"results\":{\"a\":1}}"), TEXT("{\"error\":{\"retry_after\":1e308,\"cause\":{\"cause\":{}},\"context\":{\"a\":null}}}"),
        TEXT("{\"error\":5}"), TEXT("{\"database_url\":5,\"runtime\":\"python\"}"), TEXT("{\"runtime\":\"cobol\"}"),
        TEXT("{\"slots\":1.5,\"runtime\":\"ruby\"}"), TEXT("{\"slots\":4294967297,\"runtime\":\"ruby\"}"),
        TEXT("{\"runtime\":\"ruby\",\"settings\":{\"a\":1}}"), TEXT("{\"runtime\":\"ruby\",\"settings\":[]}"),
        TEXT("{\"runtime\":\"ruby\",\"migrate\":1,\"database_url\":\"postgresql://x@127.0.0.1:1/x\"}"),
        TEXT("{\"runtime\":\"ruby\",\"database_url\":\"what?\"}")};
    uint64_t choice = draw(sizeof fixed / sizeof *fixed + 4);
    if (choice < sizeof fixed / sizeof *fixed) return fixed[choice];
    size_t length = draw(size);
    bool is_deep = draw(2) == 0;
    for (size_t i = 0; i < length; i++) room[i] = is_deep ? '[' : (char)draw(256);
    return (struct text){room, length};
}

static tasker_handle any_handle(tasker_handle engine, tasker_handle stale) {
    tasker_handle handles[] = {0, engine, engine, stale, engine + 1, engine ^ 0x10000, UINT64_MAX, draw(UINT64_MAX), 0xFFFF, 1};
    return handles[draw(sizeof handles / sizeof *handles)];
}

static void no_bug(int status, tasker_buffer *buffer, const char *what, struct text given) {
    if (status == TASKER_INTERNAL || status == TASKER_NOMEM || status == TASKER_JVM || status == TASKER_STATE) {
        fprintf(stderr, "%s of %.*s gives %d: %s\n", what, given.length > 200 ? 200 : (int)given.length,
                given.bytes == NULL ? "" : given.bytes, status, buffer->data);
        _exit(1);
    }
    EXPECT(status >= TASKER_ABI && status <= TASKER_CLOSED);
    if (status < 0) EXPECT(buffer->data[0] == '{' && buffer->data[buffer->length] == '\0');
    tasker_buffer_free(buffer);
    EXPECT(buffer->data == NULL && buffer->length == 0);
}

static void check_fuzz(void) {
    static const char *const operations[] = {
        "register_template", "register_handlers", "create_task", "get_task", "wait_task", "why_step", "work", "nope", "",
        "cancel_task", "pause_task", "retry_step", "complete_step", "skip_step", "\xff", "start\n"};
    init();
    tasker_handle stale = open_engine();
    close_engine(stale);
    tasker_handle engine = open_with_sums();
    static char room[3000];
    for (long i = 0; i < number_given; i++) {
        tasker_handle handle = any_handle(engine, stale);
        struct text text = any_text(room, sizeof room);
        const char *operation = operations[draw(sizeof operations / sizeof *operations)];
        uint64_t work = draw(2) == 0 ? draw(5) : draw(UINT64_MAX);
        tasker_handle opened;
        struct callback_run run = {.engine = engine, .caller = pthread_self(), .completes = true};
        tasker_buffer buffer = {(char *)1, 99}; /* emptied, not freed, by every function */
        switch (draw(9)) {
            case 0:
            case 1:
            case 2:
                no_bug(tasker_call(handle, operation, strlen(operation), text.bytes, text.length, &buffer), &buffer, operation, text);
                break;
            case 3:
                no_bug(tasker_call(handle, text.bytes, text.length, text.bytes, text.length, &buffer), &buffer, "call", text);
                break;
            case 4:
                no_bug(tasker_complete_work(handle, work, text.bytes, text.length, &buffer), &buffer, "complete", text);
                break;
            case 5: no_bug(tasker_extend_work(handle, work, &buffer), &buffer, "extend", text); break;
            case 6: no_bug(tasker_next_work(handle, 0, &work, &buffer), &buffer, "next_work", text); break;
            case 7:
                no_bug(tasker_handle_task(handle, work, draw(5) == 0 ? NULL : run_item, &run, &buffer), &buffer, "handle_task", text);
                break;
            default:
                if (handle != engine && draw(3) == 0) {
                    no_bug(tasker_engine_close(handle, INT64_MIN, &buffer), &buffer, "close", text);
                } else {
                    int status = tasker_engine_open(text.bytes, text.length, &opened, &buffer);
                    EXPECT(status != TASKER_OK && opened == 0);
                    no_bug(status, &buffer, "open", text);
                }
        }
        EXPECT(tasker_wake_fd(handle) == -1 || handle == engine);
    }
    tasker_buffer_free(NULL);
    tasker_buffer item;
    EXPECT_STATUS(TASKER_INVALID, tasker_next_work(engine, 0, NULL, &item), &item);
    tasker_buffer_free(&item);
    EXPECT(tasker_next_work(engine, 0, &stale, NULL) == TASKER_INVALID);
    EXPECT(tasker_call(engine, "nope", 4, NULL, 0, NULL) == TASKER_INVALID);
    EXPECT(tasker_engine_open("{}", 2, NULL, NULL) == TASKER_INVALID);
    EXPECT(tasker_struct_size(-1) == 0 && tasker_struct_size(99) == 0);
    close_engine(engine);
}

/* A text that the JVM has no room for costs that call only. */
static void check_big(void) {
    tasker_options options = plain_options();
    options.heap_max_mb = 48;
    tasker_buffer error;
    EXPECT_STATUS(TASKER_OK, tasker_init(&options, &error), &error);
    tasker_handle engine = open_with_sums();
    static char text[TASKER_TEXT_MAX];
    memset(text, 'x', sizeof text);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + sizeof text - 2, "\"}", 2);
    for (int i = 0; i < 4; i++) {
        EXPECT_STATUS(TASKER_NOMEM, tasker_call(engine, "get_task", 8, text, sizeof text, &error), &error);
        EXPECT(strstr(error.data, "heap_max_mb") != NULL);
        tasker_buffer_free(&error);
        EXPECT_STATUS(TASKER_NOMEM, tasker_complete_work(engine, 1, text, sizeof text, &error), &error);
        tasker_buffer_free(&error);
    }
    call(engine, "start", "", NULL);
    run_pulled(engine);
    close_engine(engine);
}

int main(int count, char **words) {
    static const struct {
        const char *name;
        void (*run)(void);
    } checks[] = {
        {"cycles", check_cycles},   {"pull", check_pull},
        {"cancel", check_cancel},   {"callback", check_callback},
        {"forgotten", check_forgotten}, {"second_caller", check_second_caller},
        {"wake_fd", check_wake_fd}, {"http", check_http},
        {"close_in_flight", check_close_in_flight},
        {"drain", check_drain},     {"close_in_callback", check_close_in_callback},
        {"close_during_callback", check_close_during_callback},
        {"threads", check_threads}, {"start", check_start},
        {"bad_option", check_bad_option}, {"fork", check_fork},
        {"signals", check_signals}, {"fuzz", check_fuzz},
        {"big", check_big}};
    if (count > 2) number_given = strtol(words[2], NULL, 10);
    if (count > 3) seed_given = strtoull(words[3], NULL, 10) | 1;
    for (size_t i = 0; count > 1 && i < sizeof checks / sizeof *checks; i++) {
        if (strcmp(checks[i].name, words[1]) == 0) {
            alarm(300);
            checks[i].run();
            printf("%s: as it should be\n", words[1]);
            return 0;
        }
    }
    fprintf(stderr, "there is no such check\n");
    return 2;
}

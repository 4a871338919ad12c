/*
 * What libtasker costs in a C program, beside sockets; `benchmarks/embedding/run` compiles and runs it.
 *
 *   costs serve SOCKET     echoes lines on SOCKET and HTTP on a port that it prints, until its input ends
 *   costs start            starts the JVM, then an engine
 *   costs calls            measures calls; ECHO_SOCKET, ECHO_PORT and ECHO_PID tell of the server
 *
 * TASKER_RUNTIME and TASKER_DATABASE_URL tell of runtime and database, COSTS_TEMPLATE and COSTS_NAME of a template whose
 * steps stand side by side. Prints a JSON object per line.
 */
#define _GNU_SOURCE
#include <tasker.h>

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 5, BATCH = 300, PLAIN_CALLS = 100000, TASKS = 3, SAMPLES_MAX = 20000, PAYLOAD = 300, PLACE = 512 };

struct samples {
    const char *what;
    double us[SAMPLES_MAX];
    int count;
    double cpu_us;
};

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Of all threads of this process. */
static double own_cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* Of all threads of another one. */
static double cpu_us_of(const char *pid) {
    char path[PLACE];
    double sum = 0;
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        double ns;
        snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", pid, task->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL) continue;
        if (fscanf(file, "%lf", &ns) == 1) sum += ns / 1e3;
        fclose(file);
    }
    if (tasks != NULL) closedir(tasks);
    return sum;
}

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static void check(int status, const tasker_buffer *buffer) {
    if (status == TASKER_OK) return;
    fprintf(stderr, "status %d: %s\n", status, buffer->data == NULL ? "" : buffer->data);
    exit(1);
}

/* ---- Sockets ------------------------------------------------------------------------------------------------- */

static void send_all(int fd, const char *data, size_t length) {
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent <= 0) stop("send");
        data += sent;
        length -= (size_t)sent;
    }
}

/* Reads until a message is complete; gives its length, 0 at the end of the connection. */
static size_t receive(int fd, char *room, size_t size, size_t (*length_of)(const char *, size_t)) {
    size_t got = 0;
    size_t wanted = 0;
    while (wanted == 0 || got < wanted) {
        ssize_t more = read(fd, room + got, size - got - 1);
        if (more <= 0) return 0;
        got += (size_t)more;
        room[got] = '\0';
        wanted = length_of(room, got);
    }
    return got;
}

static size_t length_of_line(const char *text, size_t got) { return text[got - 1] == '\n' ? got : 0; }

static size_t length_of_http(const char *text, size_t got) {
    const char *body = strstr(text, "\r\n\r\n");
    const char *field = strcasestr(text, "content-length:");
    (void)got;
    if (body == NULL || field == NULL) return 0;
    return (size_t)(body + 4 - text) + strtoul(field + strlen("content-length:"), NULL, 10);
}

static size_t as_http(char *room, size_t size, const char *first, const char *body, size_t length) {
    return (size_t)snprintf(room, size,
                            "%s\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                            first, length, (int)length, body);
}

static int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) stop(path);
    return fd;
}

static int connect_tcp(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) stop("connect");
    return fd;
}

static void echo_lines(int fd) {
    char room[4096];
    for (size_t got; (got = receive(fd, room, sizeof room, length_of_line)) > 0;) send_all(fd, room, got);
}

static void echo_http(int fd) {
    char room[4096];
    char answer[4096];
    while (receive(fd, room, sizeof room, length_of_http) > 0) {
        const char *body = strstr(room, "\r\n\r\n") + 4;
        send_all(fd, answer, as_http(answer, sizeof answer, "HTTP/1.1 200 OK", body, strlen(body)));
    }
}

struct server {
    int fd;
    void (*echo)(int);
};

static void *serve(void *argument) {
    struct server *server = argument;
    int yes = 1;
    for (int fd; (fd = accept(server->fd, NULL, NULL)) >= 0; close(fd)) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        server->echo(fd);
    }
    return NULL;
}

static int serve_both(const char *path) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof tcp;
    static struct server lines = {.echo = echo_lines};
    static struct server http = {.echo = echo_http};
    pthread_t thread;
    lines.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    http.fd = socket(AF_INET, SOCK_STREAM, 0);
    snprintf(local.sun_path, sizeof local.sun_path, "%s", path);
    if (bind(lines.fd, (struct sockaddr *)&local, sizeof local) != 0 || listen(lines.fd, 5) != 0) stop(path);
    if (bind(http.fd, (struct sockaddr *)&tcp, sizeof tcp) != 0 || listen(http.fd, 5) != 0) stop("port");
    getsockname(http.fd, (struct sockaddr *)&tcp, &length);
    pthread_create(&thread, NULL, serve, &lines);
    pthread_create(&thread, NULL, serve, &http);
    printf("%d\n", ntohs(tcp.sin_port));
    fflush(stdout);
    while (getchar() != EOF) {}
    return 0;
}

/* ---- The library --------------------------------------------------------------------------------------------- */

static void init(void) {
    tasker_options options = {.struct_size = sizeof options, .abi_version = TASKER_ABI_VERSION};
    tasker_buffer error;
    check(tasker_init(&options, &error), &error);
}

static tasker_handle open_engine(void) {
    char config[2000];
    tasker_handle engine;
    tasker_buffer error;
    snprintf(config, sizeof config, "{\"database_url\":\"%s\",\"runtime\":\"python\",\"slots\":250}",
             getenv("TASKER_DATABASE_URL"));
    check(tasker_engine_open(config, strlen(config), &engine, &error), &error);
    return engine;
}

/* The number behind a key of the answer, or 0. */
static long call(tasker_handle engine, const char *operation, const char *json, const char *key) {
    tasker_buffer answer;
    check(tasker_call(engine, operation, strlen(operation), json, strlen(json), &answer), &answer);
    const char *place = key == NULL || answer.data == NULL ? NULL : strstr(answer.data, key);
    long number = place == NULL ? 0 : strtol(place + strlen(key), NULL, 10);
    tasker_buffer_free(&answer);
    return number;
}

static int tell_start(void) {
    double begin = now_us();
    init();
    printf("{\"what\":\"init\",\"ms\":%.1f,\"cpu_ms\":%.1f}\n", (now_us() - begin) / 1e3, own_cpu_us() / 1e3);
    open_engine();
    printf("{\"what\":\"init and open\",\"ms\":%.1f,\"cpu_ms\":%.1f}\n", (now_us() - begin) / 1e3, own_cpu_us() / 1e3);
    fflush(stdout);
    _exit(0);
}

/* ---- Measuring ----------------------------------------------------------------------------------------------- */

static void add(struct samples *samples, double us) {
    if (samples->count < SAMPLES_MAX) samples->us[samples->count++] = us;
}

static int by_size(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static void tell(struct samples *samples, bool has_cpu) {
    if (samples->count == 0) stop(samples->what);
    qsort(samples->us, (size_t)samples->count, sizeof *samples->us, by_size);
    printf("{\"what\":\"%s\",\"p50_us\":%.3f,", samples->what, samples->us[samples->count / 2]);
    if (has_cpu) {
        printf("\"cpu_us\":%.3f}\n", samples->cpu_us / samples->count);
    } else {
        printf("\"cpu_us\":null}\n");
    }
}

/* A function of the program that runs a step of tasker_handle_task. */
struct callback {
    tasker_handle engine;
    struct samples *samples;
    double last_us;
};

static void complete(tasker_handle engine, uint64_t work) {
    static const char outcome[] = "{\"results\":1}";
    tasker_buffer error;
    check(tasker_complete_work(engine, work, outcome, strlen(outcome), &error), &error);
}

static void run_step(void *user, uint64_t work, const char *item, size_t length) {
    struct callback *callback = user;
    double now = now_us();
    (void)item;
    (void)length;
    if (callback->last_us != 0) add(callback->samples, now - callback->last_us);
    callback->last_us = now;
    complete(callback->engine, work);
}

static void run_task(tasker_handle engine, int number, struct samples *samples) {
    char json[1000];
    tasker_buffer verdict;
    struct callback callback = {.engine = engine, .samples = samples};
    snprintf(json, sizeof json, "{\"template\":\"%s\",\"context\":{\"n\":%d,\"at\":%.0f,\"text\":\"%0*d\"}}",
             getenv("COSTS_NAME"), number, now_us(), PAYLOAD - 50, 0);
    long task = call(engine, "create_task", json, "\"task_id\":");
    check(tasker_handle_task(engine, (uint64_t)task, run_step, &callback, &verdict), &verdict);
    tasker_buffer_free(&verdict);
}

/* What is left of a task that has run: an event for each of its transitions, handed out one by one. */
static void take_events(tasker_handle engine, struct samples *samples) {
    double cpu = own_cpu_us();
    double last = 0;
    while (true) {
        uint64_t work;
        tasker_buffer item;
        int status = tasker_next_work(engine, 1000, &work, &item);
        if (status == TASKER_TIMEOUT) break;
        check(status, &item);
        tasker_buffer_free(&item);
        double now = now_us();
        if (last != 0) add(samples, now - last);
        last = now;
        complete(engine, work);
    }
    samples->cpu_us = own_cpu_us() - cpu;
}

static int tell_calls(void) {
    static struct samples plain = {.what = "no-op"};
    static struct samples hop = {.what = "call"};
    static struct samples callback = {.what = "callback"};
    static struct samples item = {.what = "work item"};
    static struct samples lines = {.what = "unix socket"};
    static struct samples http = {.what = "http"};
    static struct samples ignored;
    const char *server = getenv("ECHO_PID");
    char json[1000];
    char payload[PAYLOAD + 1];
    char room[4096];
    char request[4096];
    snprintf(payload, sizeof payload, "{\"text\":\"%0*d\"}\n", PAYLOAD - 12, 0);
    size_t request_length = as_http(request, sizeof request, "POST / HTTP/1.1", payload, strlen(payload));
    int lines_fd = connect_unix(getenv("ECHO_SOCKET"));
    int http_fd = connect_tcp(atoi(getenv("ECHO_PORT")));

    init();
    tasker_handle engine = open_engine();
    call(engine, "register_handlers", "{\"handlers\":[{\"name\":\"Cost\"},{\"name\":\"Events\"}]}", NULL);
    snprintf(json, sizeof json, "{\"path\":\"%s\"}", getenv("COSTS_TEMPLATE"));
    call(engine, "register_template", json, NULL);

    for (int batch = -3; batch < BATCHES; batch++) {
        bool counts = batch >= 0;
        double cpu = own_cpu_us();
        for (int i = 0; i < BATCH; i++) {
            double begin = now_us();
            call(engine, "unsubscribe", "{\"name\":\"nobody\"}", NULL);
            if (counts) add(&hop, now_us() - begin);
        }
        if (counts) hop.cpu_us += own_cpu_us() - cpu;

        cpu = own_cpu_us() + cpu_us_of(server);
        for (int i = 0; i < BATCH; i++) {
            double begin = now_us();
            send_all(lines_fd, payload, strlen(payload));
            if (receive(lines_fd, room, sizeof room, length_of_line) == 0) stop("unix socket");
            if (counts) add(&lines, now_us() - begin);
        }
        if (counts) lines.cpu_us += own_cpu_us() + cpu_us_of(server) - cpu;

        cpu = own_cpu_us() + cpu_us_of(server);
        for (int i = 0; i < BATCH; i++) {
            double begin = now_us();
            send_all(http_fd, request, request_length);
            if (receive(http_fd, room, sizeof room, length_of_http) == 0) stop("http");
            if (counts) add(&http, now_us() - begin);
        }
        if (counts) http.cpu_us += own_cpu_us() + cpu_us_of(server) - cpu;

        cpu = own_cpu_us();
        double begin = now_us();
        for (int i = 0; i < PLAIN_CALLS; i++) tasker_state();
        if (counts) add(&plain, (now_us() - begin) / PLAIN_CALLS);
        if (counts) plain.cpu_us += (own_cpu_us() - cpu) / PLAIN_CALLS;
    }

    run_task(engine, 0, &ignored);
    call(engine, "subscribe", "{\"class\":\"Events\",\"events\":[\"step.*\"]}", NULL);
    run_task(engine, 1, &callback);
    take_events(engine, &ignored);
    for (int task = 2; task < 2 + TASKS; task++) run_task(engine, task, &callback);
    take_events(engine, &item);
    tell(&plain, true);
    tell(&hop, true);
    tell(&callback, false);
    tell(&item, true);
    tell(&lines, true);
    tell(&http, true);
    fflush(stdout);
    _exit(0);
}

int main(int count, char **words) {
    if (count == 3 && strcmp(words[1], "serve") == 0) return serve_both(words[2]);
    if (count == 2 && strcmp(words[1], "start") == 0) return tell_start();
    if (count == 2 && strcmp(words[1], "calls") == 0) return tell_calls();
    fputs("usage: costs serve SOCKET | start | calls\n", stderr);
    return 2;
}

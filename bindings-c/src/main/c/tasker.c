/*
 * libtasker: queues between a program and the JVM in its process. No logic of the engine is here.
 *
 * Calls of the program become requests; threads of the JVM fetch them (take_request), and answer (give_reply) or hand
 * work out (offer_work). All three are called by Java through its foreign function interface; nothing here calls Java
 * but the one JNI call that boots it.
 */
#define _GNU_SOURCE
#include "tasker.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <jni.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef TASKER_VERSION
#define TASKER_VERSION "development"
#endif

enum { ENGINES_MAX = 256, PATH_BYTES = 4096, HEAP_DEFAULT_MB = 256 };

/* What the Java side is asked for. The numbers are known to dev.tasker.embedding.RequestKind. */
enum request_kind { KIND_OPEN = 1, KIND_CLOSE, KIND_CALL, KIND_COMPLETE, KIND_EXTEND, KIND_HANDLE };

/* Work on its way to the program. */
struct work {
    uint64_t id;
    char *item;
    size_t length;
    struct work *next;
};

struct work_queue {
    struct work *first;
    struct work *last;
};

/* A call of the program that waits for its answer; lives on the caller's stack. */
struct request {
    uint64_t id;
    uint32_t kind;
    uint64_t engine;
    uint64_t number; /* work, task, or timeout in ms */
    const char *name;
    size_t name_length;
    const char *json;
    size_t length;

    bool is_done;
    int status;
    tasker_buffer answer;
    uint64_t given; /* the handle of a new engine */
    struct work_queue work; /* of KIND_HANDLE */
    pthread_cond_t changed;
    struct request *next; /* in the queue, then among those that wait for an answer */
};

/* The form in which Java reads a request; dev.tasker.embedding.NativeRequest knows its layout. */
struct request_view {
    uint64_t id;
    uint64_t kind;
    uint64_t engine;
    uint64_t number;
    const char *name;
    uint64_t name_length;
    const char *json;
    uint64_t length;
};

struct engine {
    uint64_t generation;
    bool is_open;
    bool is_closing;
    int waiting; /* callers inside tasker_next_work */
    int wake_fd;   /* the program's end of a pair of sockets, which any event loop takes */
    int wake_peer; /* the end that is written to */
    struct work_queue work;
    pthread_cond_t changed;
};

enum state { STATE_NEW, STATE_STARTING, STATE_READY, STATE_FAILED };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t request_came = PTHREAD_COND_INITIALIZER;
static enum state state = STATE_NEW;
static volatile sig_atomic_t is_forked = 0;
static uint64_t last_request = 0;
static struct request *queue_first = NULL;
static struct request *queue_last = NULL;
static struct request *unanswered = NULL;
static struct engine engines[ENGINES_MAX];

/* ---- Texts and errors ---------------------------------------------------------------------------------------- */

static void empty(tasker_buffer *buffer) {
    if (buffer != NULL) {
        buffer->data = NULL;
        buffer->length = 0;
    }
}

void tasker_buffer_free(tasker_buffer *buffer) {
    if (buffer != NULL) {
        free(buffer->data);
        empty(buffer);
    }
}

static bool fill(tasker_buffer *buffer, const char *text, size_t length) {
    empty(buffer);
    if (buffer == NULL || length == 0) return true;
    buffer->data = malloc(length + 1);
    if (buffer->data == NULL) return false;
    memcpy(buffer->data, text, length);
    buffer->data[length] = '\0';
    buffer->length = length;
    return true;
}

/* An error of this library as JSON. Quotes, backslashes and control characters of the message are replaced. */
static int fail(tasker_buffer *error, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int fail(tasker_buffer *error, int status, const char *code, const char *format, ...) {
    char message[2 * PATH_BYTES];
    char json[3 * PATH_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (char *c = message; *c != '\0'; c++) {
        if (*c == '"') *c = '\'';
        if (*c == '\\') *c = '/';
        if ((unsigned char)*c < 0x20) *c = ' ';
    }
    snprintf(json, sizeof json, "{\"code\":\"%s\",\"message\":\"%s\",\"details\":{}}", code, message);
    fill(error, json, strlen(json));
    return status;
}

/* Strict: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
static bool is_utf8(const char *text, size_t length) {
    const unsigned char *s = (const unsigned char *)text;
    size_t i = 0;
    while (i < length) {
        unsigned char c = s[i];
        size_t more;
        uint32_t point;
        if (c < 0x80) {
            i++;
            continue;
        } else if ((c & 0xE0) == 0xC0) {
            more = 1;
            point = c & 0x1F;
        } else if ((c & 0xF0) == 0xE0) {
            more = 2;
            point = c & 0x0F;
        } else if ((c & 0xF8) == 0xF0) {
            more = 3;
            point = c & 0x07;
        } else {
            return false;
        }
        if (length - i <= more) return false;
        for (size_t k = 1; k <= more; k++) {
            if ((s[i + k] & 0xC0) != 0x80) return false;
            point = (point << 6) | (s[i + k] & 0x3F);
        }
        if ((more == 1 && point < 0x80) || (more == 2 && point < 0x800) || (more == 3 && point < 0x10000)) return false;
        if ((point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return false;
        i += more + 1;
    }
    return true;
}

static int check_text(const char *what, const char *text, size_t length, tasker_buffer *error) {
    if (text == NULL && length > 0) return fail(error, TASKER_INVALID, "ARGUMENT_INVALID", "%s is NULL", what);
    if (length > TASKER_TEXT_MAX) {
        return fail(error, TASKER_TOO_LARGE, "TEXT_TOO_LARGE", "%s has %zu bytes, more than %u", what, length,
                    TASKER_TEXT_MAX);
    }
    if (!is_utf8(text, length)) return fail(error, TASKER_UTF8, "TEXT_NOT_UTF8", "%s is not UTF-8", what);
    return TASKER_OK;
}

static int usable(tasker_buffer *error) {
    if (is_forked) {
        return fail(error, TASKER_FORKED, "PROCESS_FORKED",
                    "this process was forked after tasker_init, and its JVM stayed in the parent; initialise in the "
                    "child instead: Puma on_worker_boot, Sidekiq :startup, gunicorn post_fork, Celery "
                    "worker_process_init");
    }
    if (state != STATE_READY) {
        return fail(error, TASKER_STATE, "NOT_INITIALISED", "tasker_init has not been called, or has failed");
    }
    return TASKER_OK;
}

int tasker_state(void) {
    if (is_forked) return TASKER_FORKED;
    pthread_mutex_lock(&lock);
    enum state now = state;
    pthread_mutex_unlock(&lock);
    return now == STATE_READY ? TASKER_OK : TASKER_STATE;
}

uint32_t tasker_abi_version(void) { return TASKER_ABI_VERSION; }

const char *tasker_version(void) { return TASKER_VERSION; }

size_t tasker_struct_size(int which) {
    switch (which) {
        case 0: return sizeof(tasker_buffer);
        case 1: return sizeof(tasker_options);
        default: return 0;
    }
}

/* ---- Engines and work ---------------------------------------------------------------------------------------- */

static struct engine *find_engine(tasker_handle handle) {
    uint64_t slot = (handle & 0xFFFF) - 1;
    if (slot >= ENGINES_MAX) return NULL;
    struct engine *engine = &engines[slot];
    return engine->is_open && engine->generation == handle >> 16 ? engine : NULL;
}

static int no_engine(tasker_buffer *error, tasker_handle handle) {
    return fail(error, TASKER_HANDLE, "ENGINE_UNKNOWN", "there is no open engine with handle %llu",
                (unsigned long long)handle);
}

static void push(struct work_queue *queue, struct work *work) {
    work->next = NULL;
    if (queue->last == NULL) {
        queue->first = work;
    } else {
        queue->last->next = work;
    }
    queue->last = work;
}

static struct work *pop(struct work_queue *queue) {
    struct work *work = queue->first;
    if (work != NULL) {
        queue->first = work->next;
        if (queue->first == NULL) queue->last = NULL;
    }
    return work;
}

static void drop_all(struct work_queue *queue) {
    for (struct work *work = pop(queue); work != NULL; work = pop(queue)) {
        free(work->item);
        free(work);
    }
}

static void deadline_of(int64_t timeout_ms, struct timespec *end) {
    clock_gettime(CLOCK_MONOTONIC, end);
    end->tv_sec += timeout_ms / 1000;
    end->tv_nsec += (timeout_ms % 1000) * 1000000;
    if (end->tv_nsec >= 1000000000) {
        end->tv_sec++;
        end->tv_nsec -= 1000000000;
    }
}

static void init_condition(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* With the lock. A descriptor that is readable exactly while work waits. */
static void show_work(struct engine *engine) {
    char byte = 1;
    ssize_t ignored;
    if (engine->work.first != NULL) {
        ignored = send(engine->wake_peer, &byte, sizeof byte, MSG_NOSIGNAL);
    } else {
        ignored = read(engine->wake_fd, &byte, sizeof byte);
    }
    (void)ignored;
}

static void close_wake(struct engine *engine) {
    close(engine->wake_fd);
    close(engine->wake_peer);
}

int tasker_wake_fd(tasker_handle handle) {
    if (is_forked) return -1;
    pthread_mutex_lock(&lock);
    struct engine *engine = find_engine(handle);
    int fd = engine == NULL ? -1 : engine->wake_fd;
    pthread_mutex_unlock(&lock);
    return fd;
}

int tasker_next_work(tasker_handle handle, int64_t timeout_ms, uint64_t *work, tasker_buffer *item) {
    empty(item);
    if (work != NULL) *work = 0;
    if (work == NULL || item == NULL) return fail(item, TASKER_INVALID, "ARGUMENT_INVALID", "work or item is NULL");
    int status = usable(item);
    if (status != TASKER_OK) return status;
    struct timespec end;
    deadline_of(timeout_ms < 0 ? 0 : timeout_ms > 3600000 ? 3600000 : timeout_ms, &end);

    pthread_mutex_lock(&lock);
    struct engine *engine = find_engine(handle);
    if (engine == NULL) {
        pthread_mutex_unlock(&lock);
        return no_engine(item, handle);
    }
    engine->waiting++;
    struct work *found = NULL;
    status = TASKER_OK;
    while (status == TASKER_OK && (found = engine->is_closing ? NULL : pop(&engine->work)) == NULL) {
        if (engine->is_closing) {
            status = TASKER_CLOSED;
        } else if (timeout_ms <= 0 || pthread_cond_timedwait(&engine->changed, &lock, &end) == ETIMEDOUT) {
            found = pop(&engine->work);
            if (found != NULL) break;
            status = TASKER_TIMEOUT;
        }
    }
    if (found != NULL) {
        *work = found->id;
        if (engine->work.first == NULL) show_work(engine);
    }
    engine->waiting--;
    if (engine->is_closing && engine->waiting == 0) pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&lock);

    if (found == NULL) return status;
    item->data = found->item;
    item->length = found->length;
    free(found);
    return TASKER_OK;
}

/* ---- Requests ------------------------------------------------------------------------------------------------ */

/* Queues a request and waits for its answer; work that comes for it meanwhile is run here. */
static void perform(struct request *request, tasker_work_fn fn, void *user) {
    init_condition(&request->changed);
    pthread_mutex_lock(&lock);
    request->id = ++last_request;
    request->next = NULL;
    if (queue_last == NULL) {
        queue_first = request;
    } else {
        queue_last->next = request;
    }
    queue_last = request;
    pthread_cond_signal(&request_came);
    while (true) {
        struct work *work = pop(&request->work);
        if (work != NULL) {
            pthread_mutex_unlock(&lock);
            fn(user, work->id, work->item, work->length);
            free(work->item);
            free(work);
            pthread_mutex_lock(&lock);
        } else if (request->is_done) {
            break;
        } else {
            pthread_cond_wait(&request->changed, &lock);
        }
    }
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&request->changed);
}

static int answered(struct request *request, tasker_buffer *answer) {
    if (answer != NULL) {
        *answer = request->answer;
    } else {
        free(request->answer.data);
    }
    return request->status;
}

static int call_engine(
    uint32_t kind, tasker_handle handle, uint64_t number, const char *name, size_t name_length, const char *json,
    size_t length, tasker_work_fn fn, void *user, tasker_buffer *answer) {
    empty(answer);
    int status = usable(answer);
    if (status == TASKER_OK) status = check_text("the operation", name, name_length, answer);
    if (status == TASKER_OK) status = check_text("the JSON text", json, length, answer);
    if (status != TASKER_OK) return status;
    pthread_mutex_lock(&lock);
    bool is_known = find_engine(handle) != NULL;
    pthread_mutex_unlock(&lock);
    if (!is_known) return no_engine(answer, handle);
    struct request request = {
        .kind = kind, .engine = handle, .number = number, .name = name, .name_length = name_length, .json = json,
        .length = length};
    perform(&request, fn, user);
    return answered(&request, answer);
}

int tasker_call(
    tasker_handle engine, const char *operation, size_t operation_length, const char *json, size_t length,
    tasker_buffer *answer) {
    return call_engine(KIND_CALL, engine, 0, operation, operation_length, json, length, NULL, NULL, answer);
}

int tasker_complete_work(
    tasker_handle engine, uint64_t work, const char *json, size_t length, tasker_buffer *error) {
    return call_engine(KIND_COMPLETE, engine, work, NULL, 0, json, length, NULL, NULL, error);
}

int tasker_extend_work(tasker_handle engine, uint64_t work, tasker_buffer *error) {
    return call_engine(KIND_EXTEND, engine, work, NULL, 0, NULL, 0, NULL, NULL, error);
}

int tasker_handle_task(tasker_handle engine, uint64_t task, tasker_work_fn fn, void *user, tasker_buffer *verdict) {
    empty(verdict);
    if (fn == NULL) return fail(verdict, TASKER_INVALID, "ARGUMENT_INVALID", "the function is NULL");
    return call_engine(KIND_HANDLE, engine, task, NULL, 0, NULL, 0, fn, user, verdict);
}

int tasker_engine_open(const char *config, size_t length, tasker_handle *engine, tasker_buffer *error) {
    empty(error);
    if (engine == NULL) return fail(error, TASKER_INVALID, "ARGUMENT_INVALID", "engine is NULL");
    *engine = 0;
    int status = usable(error);
    if (status == TASKER_OK) status = check_text("the config", config, length, error);
    if (status != TASKER_OK) return status;

    pthread_mutex_lock(&lock);
    int slot = 0;
    while (slot < ENGINES_MAX && engines[slot].is_open) slot++;
    if (slot == ENGINES_MAX) {
        pthread_mutex_unlock(&lock);
        return fail(error, TASKER_STATE, "TOO_MANY_ENGINES", "%d engines are open; close one first", ENGINES_MAX);
    }
    struct engine *opened = &engines[slot];
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        int cause = errno;
        pthread_mutex_unlock(&lock);
        return fail(error, TASKER_NOMEM, "NO_DESCRIPTOR", "no descriptor is free: %s", strerror(cause));
    }
    opened->wake_fd = pair[0];
    opened->wake_peer = pair[1];
    opened->generation++;
    opened->is_open = true;
    opened->is_closing = false;
    opened->waiting = 0;
    init_condition(&opened->changed);
    tasker_handle handle = opened->generation << 16 | (uint64_t)(slot + 1);
    pthread_mutex_unlock(&lock);

    struct request request = {.kind = KIND_OPEN, .engine = handle, .json = config, .length = length};
    perform(&request, NULL, NULL);
    if (request.status == TASKER_OK) {
        *engine = handle;
    } else {
        pthread_mutex_lock(&lock);
        opened->is_open = false;
        close_wake(opened);
        drop_all(&opened->work);
        pthread_cond_destroy(&opened->changed);
        pthread_mutex_unlock(&lock);
    }
    return answered(&request, error);
}

int tasker_engine_close(tasker_handle handle, int64_t timeout_ms, tasker_buffer *error) {
    empty(error);
    int status = usable(error);
    if (status != TASKER_OK) return status;
    pthread_mutex_lock(&lock);
    struct engine *engine = find_engine(handle);
    if (engine == NULL || engine->is_closing) {
        pthread_mutex_unlock(&lock);
        return no_engine(error, handle);
    }
    engine->is_closing = true;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&lock);

    struct request request = {
        .kind = KIND_CLOSE, .engine = handle, .number = timeout_ms < 0 ? 0 : (uint64_t)timeout_ms};
    perform(&request, NULL, NULL);

    pthread_mutex_lock(&lock);
    while (engine->waiting > 0) pthread_cond_wait(&engine->changed, &lock);
    engine->is_open = false;
    close_wake(engine);
    drop_all(&engine->work);
    pthread_cond_destroy(&engine->changed);
    pthread_mutex_unlock(&lock);
    return answered(&request, error);
}

/* ---- Called by Java ------------------------------------------------------------------------------------------ */

/* Waits for the next request. */
static void take_request(struct request_view *view) {
    pthread_mutex_lock(&lock);
    while (queue_first == NULL) pthread_cond_wait(&request_came, &lock);
    struct request *request = queue_first;
    queue_first = request->next;
    if (queue_first == NULL) queue_last = NULL;
    request->next = unanswered;
    unanswered = request;
    *view = (struct request_view){
        .id = request->id, .kind = request->kind, .engine = request->engine, .number = request->number,
        .name = request->name, .name_length = request->name_length, .json = request->json,
        .length = request->length};
    pthread_mutex_unlock(&lock);
}

/* Answers a request, once. */
static void give_reply(uint64_t id, int32_t status, const char *text, uint64_t length) {
    char *copy = length == 0 ? NULL : malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    pthread_mutex_lock(&lock);
    struct request **place = &unanswered;
    while (*place != NULL && (*place)->id != id) place = &(*place)->next;
    struct request *request = *place;
    if (request == NULL) {
        pthread_mutex_unlock(&lock);
        free(copy);
        return;
    }
    *place = request->next;
    bool has_room = copy != NULL || length == 0;
    request->status = has_room ? status : TASKER_NOMEM;
    request->answer.data = copy;
    request->answer.length = copy == NULL ? 0 : length;
    request->is_done = true;
    pthread_cond_signal(&request->changed);
    pthread_mutex_unlock(&lock);
}

/*
 * Hands work to the program: to the caller of tasker_handle_task whose request it is, or with request 0 to whoever asks
 * the engine next. Gives 0 where neither is there any more.
 */
static int32_t offer_work(uint64_t handle, uint64_t request_id, uint64_t id, const char *item, uint64_t length) {
    struct work *work = malloc(sizeof *work);
    char *copy = malloc(length + 1);
    if (work == NULL || copy == NULL) {
        free(work);
        free(copy);
        return 0;
    }
    memcpy(copy, item, length);
    copy[length] = '\0';
    *work = (struct work){.id = id, .item = copy, .length = length};
    bool is_taken = false;
    pthread_mutex_lock(&lock);
    if (request_id != 0) {
        struct request *request = unanswered;
        while (request != NULL && request->id != request_id) request = request->next;
        if (request != NULL && !request->is_done) {
            push(&request->work, work);
            pthread_cond_signal(&request->changed);
            is_taken = true;
        }
    } else {
        struct engine *engine = find_engine(handle);
        if (engine != NULL && !engine->is_closing) {
            bool was_empty = engine->work.first == NULL;
            push(&engine->work, work);
            if (was_empty) show_work(engine);
            pthread_cond_signal(&engine->changed);
            is_taken = true;
        }
    }
    pthread_mutex_unlock(&lock);
    if (!is_taken) {
        free(copy);
        free(work);
    }
    return is_taken;
}

/* What the boot class is given: addresses, in this order. */
static const void *const java_table[] = {
    (const void *)take_request, (const void *)give_reply, (const void *)offer_work};

/* ---- The JVM ------------------------------------------------------------------------------------------------- */

struct boot {
    const tasker_options *options;
    char runtime[PATH_BYTES];
    char java_home[PATH_BYTES];
    char library[PATH_BYTES];
    char *class_path;
    int status;
    tasker_buffer *error;
};

static bool exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

__attribute__((format(printf, 3, 4))) static bool path_of(char *path, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path, size, format, arguments);
    va_end(arguments);
    return length >= 0 && (size_t)length < size;
}

static bool is_jvm(struct boot *boot, const char *home) {
    char library[PATH_BYTES];
    if (home == NULL || *home == '\0') return false;
    if (!path_of(library, sizeof library, "%s/lib/server/libjvm.so", home) || !exists(library)) return false;
    memcpy(boot->library, library, sizeof library);
    return path_of(boot->java_home, sizeof boot->java_home, "%s", home);
}

/* A JDK of the usual folders that has the major version of a release file. */
static bool is_usual_jvm(struct boot *boot, const char *folder) {
    DIR *entries = opendir(folder);
    if (entries == NULL) return false;
    bool is_found = false;
    for (struct dirent *entry = readdir(entries); entry != NULL && !is_found; entry = readdir(entries)) {
        char home[PATH_BYTES];
        if (entry->d_name[0] == '.' || strstr(entry->d_name, "25") == NULL) continue;
        is_found = path_of(home, sizeof home, "%s/%s", folder, entry->d_name) && is_jvm(boot, home);
    }
    closedir(entries);
    return is_found;
}

static bool find_runtime(struct boot *boot) {
    const char *named = boot->options->runtime != NULL ? boot->options->runtime : getenv("TASKER_RUNTIME");
    if (named != NULL && *named != '\0') return path_of(boot->runtime, sizeof boot->runtime, "%s", named);
    Dl_info info;
    if (dladdr((const void *)java_table, &info) == 0 || info.dli_fname == NULL) return false;
    char *real = realpath(info.dli_fname, NULL);
    if (real == NULL) return false;
    char *slash = strrchr(real, '/');
    if (slash != NULL) *slash = '\0';
    bool fits = path_of(boot->runtime, sizeof boot->runtime, "%s", real);
    free(real);
    return fits;
}

static bool find_jvm(struct boot *boot) {
    char bundled[PATH_BYTES];
    if (is_jvm(boot, boot->options->java_home)) return true;
    if (boot->options->java_home != NULL && *boot->options->java_home != '\0') return false;
    if (path_of(bundled, sizeof bundled, "%s/jvm", boot->runtime) && is_jvm(boot, bundled)) return true;
    return is_jvm(boot, getenv("TASKER_JAVA_HOME")) || is_jvm(boot, getenv("JAVA_HOME"))
           || is_usual_jvm(boot, "/usr/lib/jvm") || is_usual_jvm(boot, "/opt");
}

static int by_name(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int is_jar(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".jar") == 0;
}

/* All jars of the runtime's lib folder, in the order of their names. */
static bool find_jars(struct boot *boot) {
    char folder[PATH_BYTES];
    struct dirent **jars = NULL;
    if (!path_of(folder, sizeof folder, "%s/lib", boot->runtime)) return false;
    int count = scandir(folder, &jars, is_jar, by_name);
    if (count < 0) return false;
    static const char prefix[] = "-Djava.class.path=";
    size_t size = sizeof prefix;
    for (int i = 0; i < count; i++) size += strlen(folder) + strlen(jars[i]->d_name) + 2;
    boot->class_path = malloc(size);
    if (boot->class_path != NULL) strcpy(boot->class_path, prefix);
    for (int i = 0; i < count; i++) {
        if (boot->class_path != NULL) {
            if (i > 0) strcat(boot->class_path, ":");
            strcat(boot->class_path, folder);
            strcat(boot->class_path, "/");
            strcat(boot->class_path, jars[i]->d_name);
        }
        free(jars[i]);
    }
    free(jars);
    return count > 0 && boot->class_path != NULL;
}

enum { OPTIONS_MAX = 64 };

static int fill_options(struct boot *boot, JavaVMOption *options, char *heap, char *aot, char *log, char *more) {
    static char *const fixed[] = {
        "-Xrs", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow", "-Dfile.encoding=UTF-8", "-Djava.awt.headless=true"};
    int count = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) options[count++].optionString = fixed[i];
    options[count++].optionString = boot->class_path;
    options[count++].optionString = heap;
    if (*log != '\0') {
        options[count++].optionString = "-Xlog:disable";
        options[count++].optionString = log;
    } else {
        options[count++].optionString = "-Xlog:disable";
        options[count++].optionString = "-Xlog:all=warning:stderr";
    }
    if (*aot != '\0') {
        options[count++].optionString = aot;
        options[count++].optionString = "-Xlog:aot*=off:stderr";
        options[count++].optionString = "-Xlog:cds*=off:stderr";
    }
    for (char *word = strtok(more, " "); word != NULL && count < OPTIONS_MAX; word = strtok(NULL, " ")) {
        /* A second collector would keep the JVM from starting. */
        if (strncmp(word, "-XX:+Use", 8) == 0 && strstr(word, "GC") != NULL) continue;
        options[count++].optionString = word;
    }
    return count;
}

static int describe_exception(JNIEnv *env, struct boot *boot) {
    jthrowable thrown = (*env)->ExceptionOccurred(env);
    (*env)->ExceptionClear(env);
    jclass type = (*env)->FindClass(env, "java/lang/Object");
    jmethodID text = type == NULL ? NULL : (*env)->GetMethodID(env, type, "toString", "()Ljava/lang/String;");
    jstring message = thrown == NULL || text == NULL ? NULL : (*env)->CallObjectMethod(env, thrown, text);
    const char *chars = message == NULL ? NULL : (*env)->GetStringUTFChars(env, message, NULL);
    int status = fail(boot->error, TASKER_JVM, "BOOT_FAILED", "the Java side of Tasker did not start: %s",
                      chars == NULL ? "no message" : chars);
    if (chars != NULL) (*env)->ReleaseStringUTFChars(env, message, chars);
    (*env)->ExceptionClear(env);
    return status;
}

static int boot_java(JNIEnv *env, struct boot *boot) {
    jclass boot_class = (*env)->FindClass(env, "dev/tasker/embedding/Boot");
    jmethodID start = boot_class == NULL ? NULL : (*env)->GetStaticMethodID(env, boot_class, "start", "(JI)V");
    if (start == NULL) return describe_exception(env, boot);
    (*env)->CallStaticVoidMethod(env, boot_class, start, (jlong)(intptr_t)java_table, (jint)TASKER_ABI_VERSION);
    return (*env)->ExceptionCheck(env) ? describe_exception(env, boot) : TASKER_OK;
}

/* Runs on a thread of its own: the JVM must not be created on a thread of the program. */
static void *start_jvm(void *argument) {
    struct boot *boot = argument;
    void *library = dlopen(boot->library, RTLD_NOW | RTLD_GLOBAL);
    jint (*create)(JavaVM **, void **, void *) = NULL;
    if (library != NULL) *(void **)&create = dlsym(library, "JNI_CreateJavaVM");
    if (create == NULL) {
        boot->status = fail(boot->error, TASKER_JVM, "JVM_NOT_LOADED", "cannot load %s: %s", boot->library, dlerror());
        return NULL;
    }
    char heap[32];
    char aot[PATH_BYTES] = "";
    char log[PATH_BYTES] = "";
    char cache[PATH_BYTES];
    uint32_t megabytes = boot->options->heap_max_mb == 0 ? HEAP_DEFAULT_MB : boot->options->heap_max_mb;
    snprintf(heap, sizeof heap, "-Xmx%um", megabytes);
    if (path_of(cache, sizeof cache, "%s/tasker.aot", boot->runtime) && exists(cache)) {
        if (!path_of(aot, sizeof aot, "-XX:AOTCache=%s", cache)) *aot = '\0';
    }
    if (boot->options->log_file != NULL) {
        if (!path_of(log, sizeof log, "-Xlog:all=warning:file=%s", boot->options->log_file)) *log = '\0';
    }
    char *more = strdup(boot->options->jvm_options == NULL ? "" : boot->options->jvm_options);
    if (more == NULL) {
        boot->status = TASKER_NOMEM;
        return NULL;
    }
    JavaVMOption options[OPTIONS_MAX + 8] = {0};
    JavaVMInitArgs arguments = {
        .version = JNI_VERSION_21, .nOptions = fill_options(boot, options, heap, aot, log, more), .options = options};
    JavaVM *jvm = NULL;
    JNIEnv *env = NULL;
    jint code = create(&jvm, (void **)&env, &arguments);
    if (code != JNI_OK) {
        boot->status = fail(boot->error, TASKER_JVM, "JVM_NOT_STARTED",
                            "the JVM in %s did not start (JNI error %d); its options: %s %s", boot->java_home, (int)code,
                            heap, boot->options->jvm_options == NULL ? "" : boot->options->jvm_options);
    } else {
        boot->status = boot_java(env, boot);
        (*jvm)->DetachCurrentThread(jvm);
    }
    free(more);
    return NULL;
}

static void after_fork_in_child(void) {
    if (state != STATE_NEW) is_forked = 1;
}

static void on_first_use(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }

/* Threads of the library leave the program's signals to the program. */
static int run_blocking_signals(struct boot *boot) {
    sigset_t all;
    sigset_t before;
    struct sigaction children;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigaction(SIGCHLD, NULL, &children);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_t thread;
    int code = pthread_create(&thread, NULL, start_jvm, boot);
    if (code == 0) pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    /* Java resets it, and the program would no longer hear of its children's end. */
    sigaction(SIGCHLD, &children, NULL);
    if (code != 0) return fail(boot->error, TASKER_NOMEM, "NO_THREAD", "no thread could be started: %s", strerror(code));
    return boot->status;
}

static int start(struct boot *boot) {
    if (!find_runtime(boot)) {
        return fail(boot->error, TASKER_JVM, "RUNTIME_NOT_FOUND",
                    "cannot tell where the runtime folder is; set options.runtime or TASKER_RUNTIME");
    }
    if (!find_jars(boot)) {
        return fail(boot->error, TASKER_JVM, "RUNTIME_NOT_FOUND",
                    "there are no jars in %s/lib; make a runtime folder with `tasker runtime DIR` and name it with "
                    "options.runtime or TASKER_RUNTIME",
                    boot->runtime);
    }
    if (!find_jvm(boot)) {
        return fail(boot->error, TASKER_JVM, "JVM_NOT_FOUND",
                    "no JVM: looked for lib/server/libjvm.so in %s, %s/jvm, TASKER_JAVA_HOME (%s), JAVA_HOME (%s), and in "
                    "folders named *25* of /usr/lib/jvm and /opt; install a JDK 25 or name one",
                    boot->options->java_home == NULL ? "(no java_home)" : boot->options->java_home, boot->runtime,
                    getenv("TASKER_JAVA_HOME") == NULL ? "not set" : getenv("TASKER_JAVA_HOME"),
                    getenv("JAVA_HOME") == NULL ? "not set" : getenv("JAVA_HOME"));
    }
    /* The JVM would take SIGUSR2 for itself, with which some servers restart. */
    setenv("_JAVA_SR_SIGNUM", "50", 0);
    return run_blocking_signals(boot);
}

int tasker_init(const tasker_options *options, tasker_buffer *error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    empty(error);
    if (options == NULL) return fail(error, TASKER_INVALID, "ARGUMENT_INVALID", "options is NULL");
    if (options->abi_version != TASKER_ABI_VERSION || options->struct_size != sizeof(tasker_options)) {
        return fail(error, TASKER_ABI, "ABI_MISMATCH",
                    "the caller was built for ABI %u (options of %zu bytes), this library (%s) has ABI %u (%zu bytes); "
                    "use the same release of both",
                    options->abi_version, options->struct_size, TASKER_VERSION, TASKER_ABI_VERSION,
                    sizeof(tasker_options));
    }
    if (is_forked) return usable(error);
    pthread_once(&once, on_first_use);
    pthread_mutex_lock(&lock);
    bool is_mine = state == STATE_NEW;
    enum state before = state;
    if (is_mine) state = STATE_STARTING;
    pthread_mutex_unlock(&lock);
    if (!is_mine) {
        return fail(error, TASKER_STATE, "ALREADY_INITIALISED", "%s",
                    before == STATE_FAILED ? "tasker_init has failed before in this process; a JVM can be started once"
                                           : "tasker_init was called before in this process");
    }
    struct boot *boot = calloc(1, sizeof *boot);
    int status = TASKER_NOMEM;
    if (boot != NULL) {
        boot->options = options;
        boot->error = error;
        boot->status = TASKER_INTERNAL;
        status = start(boot);
    }
    bool can_be_repeated = boot != NULL && boot->library[0] == '\0';
    pthread_mutex_lock(&lock);
    state = status == TASKER_OK ? STATE_READY : can_be_repeated ? STATE_NEW : STATE_FAILED;
    pthread_mutex_unlock(&lock);
    if (boot != NULL) free(boot->class_path);
    free(boot);
    return status;
}

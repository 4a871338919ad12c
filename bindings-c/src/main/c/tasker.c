/*
 * libtasker: queues between a program and the JVM in its process. No logic of the engine is here.
 *
 * Calls of the program become requests; threads of the JVM fetch them (take_request), and answer (give_reply) or hand
 * work out (offer_work). All three are called by Java as native methods; nothing here calls Java but the one JNI call
 * that boots it.
 */
#define _GNU_SOURCE
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ENGINES_MAX = 256,
    HEAP_LEAST_MB = 32,
    HEAP_MOST_MB = 1024 * 1024,
    WAIT_MOST_MS = 3600000,
    /* About as long as it takes to wake a thread that sleeps on another core. */
    LOOK_NS = 50000,
    LOOKS_SKIPPED_MOST = 8,
    /* Steps are bounded by the engine's slots; this bounds what is to be enqueued, while nobody asks for it. */
    WAITING_WORK_MAX = 10000
};

/* What the Java side is asked for. The numbers are known to dev.tasker.embedding.RequestKind. */
enum request_kind { KIND_OPEN = 1, KIND_CLOSE, KIND_CALL, KIND_COMPLETE, KIND_EXTEND, KIND_HANDLE, KIND_RETURN };

/* What an item is; the numbers are known to dev.tasker.embedding.NativeQueues. */
enum item_kind {
    ITEM_NEW = 0,   /* something to begin */
    ITEM_ANSWER = 1 /* what the program has asked for: comes also while the engine closes */
};

/* Work on its way to the program. */
struct work {
    uint64_t id;
    enum item_kind kind;
    char *item;
    size_t length;
    struct work *next;
};

struct work_queue {
    struct work *first;
    struct work *last;
    int count;
};

/* Whether it pays to look for news before sleeping: after looks in vain, more and more are left out. */
struct patience {
    int in_vain;
    int skipped;
};

/* Where threads wait for news. All but the counter is read and written with the lock. */
struct bell {
    pthread_cond_t rung;
    _Atomic uint64_t news; /* how often it was rung */
    bool is_looked_at;     /* by one thread, which need not be woken */
};

/* The function of the program that runs a piece of work now; lives on the stack of its caller. */
struct callback {
    uint64_t engine;
    uint64_t work;
    bool is_completed;
    struct callback *next;
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
    struct work_queue work; /* of KIND_HANDLE */
    struct bell changed;
    struct request *next; /* in the queue, then among those that wait for an answer */
};

/* The form in which Java reads a request, as so many numbers; dev.tasker.embedding.NativeQueues knows their order. */
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

enum { VIEW_NUMBERS = sizeof(struct request_view) / sizeof(jlong) };

struct engine {
    uint64_t generation;
    bool is_used;    /* the slot is taken */
    bool is_open;    /* the program may use it */
    bool is_closing; /* nothing new is begun */
    int waiting; /* callers inside tasker_next_work */
    int wake_fd;   /* the program's end of a pair of sockets, which any event loop takes */
    int wake_peer; /* the end that is written to */
    struct work_queue work;
    struct bell changed;
    struct patience patience;
};

enum state { STATE_NEW, STATE_STARTING, STATE_READY, STATE_FAILED };

/* Held for some pointers only: whoever finds it taken looks again before it sleeps. */
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
static pthread_mutex_t lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
#else
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#endif
static struct bell request_came = {.rung = PTHREAD_COND_INITIALIZER};
static struct patience for_requests;
static struct patience for_answers[KIND_RETURN + 1];
static int looking = 0;      /* threads that look */
static int looking_most = 0; /* half of the cores, so that whoever brings the news has one; set before the first wait */
static _Atomic enum state state = STATE_NEW;
static volatile sig_atomic_t is_forked = 0; /* written in a child that has one thread only */
static uint64_t last_request = 0;
static struct request *queue_first = NULL;
static struct request *queue_last = NULL;
static struct request *unanswered = NULL;
static struct callback *callbacks = NULL;
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

static bool is_utf8(const char *text, size_t length);

int fail(tasker_buffer *error, int status, const char *code, const char *format, ...) {
    char message[2 * PATH_BYTES];
    char json[3 * PATH_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bool is_text = is_utf8(message, strlen(message));
    for (char *c = message; *c != '\0'; c++) {
        if (!is_text && (unsigned char)*c >= 0x80) *c = '?';
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
                    "child instead: Puma on_worker_boot, Sidekiq :startup, gunicorn post_worker_init, Celery "
                    "worker_process_init");
    }
    if (atomic_load(&state) != STATE_READY) {
        return fail(error, TASKER_STATE, "NOT_INITIALISED", "tasker_init has not been called, or has failed");
    }
    return TASKER_OK;
}

int tasker_state(void) {
    if (is_forked) return TASKER_FORKED;
    return atomic_load(&state) == STATE_READY ? TASKER_OK : TASKER_STATE;
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

/* With the lock. Also an engine that is only being opened, which the program does not know yet. */
static struct engine *find_used(tasker_handle handle) {
    uint64_t slot = (handle & 0xFFFF) - 1;
    if (slot >= ENGINES_MAX) return NULL;
    struct engine *engine = &engines[slot];
    return engine->is_used && engine->generation == handle >> 16 ? engine : NULL;
}

/* With the lock. */
static struct engine *find_engine(tasker_handle handle) {
    struct engine *engine = find_used(handle);
    return engine != NULL && engine->is_open ? engine : NULL;
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
    queue->count++;
}

static struct work *pop(struct work_queue *queue) {
    struct work *work = queue->first;
    if (work != NULL) {
        queue->first = work->next;
        if (queue->first == NULL) queue->last = NULL;
        queue->count--;
    }
    return work;
}

static void drop_all(struct work_queue *queue) {
    for (struct work *work = pop(queue); work != NULL; work = pop(queue)) {
        free(work->item);
        free(work);
    }
}

static int64_t bounded(int64_t timeout_ms) {
    return timeout_ms < 0 ? 0 : timeout_ms > WAIT_MOST_MS ? WAIT_MOST_MS : timeout_ms;
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

static void init_bell(struct bell *bell) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&bell->rung, &attributes);
    pthread_condattr_destroy(&attributes);
    atomic_store(&bell->news, 0);
    bell->is_looked_at = false;
}

/* With the lock, and with something to be found by one thread. */
static void ring(struct bell *bell) {
    if (bell->is_looked_at) {
        bell->is_looked_at = false;
    } else {
        pthread_cond_signal(&bell->rung);
    }
    atomic_fetch_add(&bell->news, 1);
}

/* With the lock, and with something to be found by all threads. */
static void ring_for_all(struct bell *bell) {
    pthread_cond_broadcast(&bell->rung);
    ring(bell);
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* Without the lock. Looks until the bell is rung, or the time is over. */
static void look(struct bell *bell, uint64_t seen) {
    enum { ROUNDS = 32 };
    struct timespec begin;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        for (int i = 0; i < ROUNDS; i++) {
            if (atomic_load_explicit(&bell->news, memory_order_relaxed) != seen) return;
            relax();
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < LOOK_NS);
}

/*
 * With the lock, which is free meanwhile. Waits until the bell is rung, or for no reason, which the caller finds out.
 * Gives false after the end, which may be NULL.
 */
static bool await(struct bell *bell, struct patience *patience, const struct timespec *end) {
    if (looking < looking_most && !bell->is_looked_at && patience->skipped-- <= 0) {
        uint64_t seen = atomic_load(&bell->news);
        bell->is_looked_at = true;
        looking++;
        pthread_mutex_unlock(&lock);
        look(bell, seen);
        pthread_mutex_lock(&lock);
        looking--;
        if (atomic_load(&bell->news) != seen) {
            *patience = (struct patience){0};
            return true;
        }
        bell->is_looked_at = false;
        patience->in_vain++;
        patience->skipped = patience->in_vain < 3 ? 1 << patience->in_vain : LOOKS_SKIPPED_MOST;
    }
    if (end != NULL) return pthread_cond_timedwait(&bell->rung, &lock, end) != ETIMEDOUT;
    pthread_cond_wait(&bell->rung, &lock);
    return true;
}

/* With the lock. The descriptor is readable exactly while work waits, or the engine closes. */
static void show_work(struct engine *engine) {
    char byte = 1;
    ssize_t ignored;
    if (engine->work.first != NULL || engine->is_closing) {
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
    int64_t wait_ms = bounded(timeout_ms);
    deadline_of(wait_ms, &end);

    pthread_mutex_lock(&lock);
    struct engine *engine = find_engine(handle);
    if (engine == NULL) {
        pthread_mutex_unlock(&lock);
        return no_engine(item, handle);
    }
    engine->waiting++;
    struct work *found = NULL;
    bool is_late = wait_ms == 0;
    while (true) {
        found = pop(&engine->work);
        if (found != NULL) break;
        if (engine->is_closing) {
            status = TASKER_CLOSED;
            break;
        }
        if (is_late) {
            status = TASKER_TIMEOUT;
            break;
        }
        is_late = !await(&engine->changed, &engine->patience, &end);
    }
    if (found != NULL) {
        *work = found->id;
        if (engine->work.first == NULL) show_work(engine);
    }
    engine->waiting--;
    if (engine->is_closing && engine->waiting == 0) ring_for_all(&engine->changed);
    pthread_mutex_unlock(&lock);

    if (status == TASKER_CLOSED) return fail(item, status, "ENGINE_CLOSED", "the engine closes");
    if (found == NULL) return status;
    item->data = found->item;
    item->length = found->length;
    free(found);
    return TASKER_OK;
}

/* ---- Requests ------------------------------------------------------------------------------------------------ */

/* With the lock. */
static void enqueue(struct request *request) {
    request->id = ++last_request;
    request->next = NULL;
    if (queue_last == NULL) {
        queue_first = request;
    } else {
        queue_last->next = request;
    }
    queue_last = request;
    ring(&request_came);
}

/* With the lock. Runs a piece of work, with the lock released. Gives whether the function has completed it. */
static bool run_work(struct request *request, struct work *work, tasker_work_fn fn, void *user) {
    struct callback callback = {.engine = request->engine, .work = work->id, .next = callbacks};
    callbacks = &callback;
    pthread_mutex_unlock(&lock);
    fn(user, work->id, work->item, work->length);
    /* A child that was forked by the function comes here too; its lock may be held by a thread it does not have. */
    if (is_forked) return true;
    pthread_mutex_lock(&lock);
    struct callback **place = &callbacks;
    while (*place != &callback) place = &(*place)->next;
    *place = callback.next;
    return callback.is_completed;
}

/* Notes that work is completed, so that it is not given back when its function returns. */
static void note_completion(tasker_handle engine, uint64_t work) {
    pthread_mutex_lock(&lock);
    for (struct callback *callback = callbacks; callback != NULL; callback = callback->next) {
        if (callback->engine == engine && callback->work == work) callback->is_completed = true;
    }
    pthread_mutex_unlock(&lock);
}

static void perform(struct request *request, tasker_work_fn fn, void *user);

/* Tells Java that nobody will complete a piece of work. */
static void return_work(tasker_handle engine, uint64_t work) {
    struct request request = {.kind = KIND_RETURN, .engine = engine, .number = work};
    perform(&request, NULL, NULL);
    free(request.answer.data);
}

/* Queues a request and waits for its answer; work that comes for it meanwhile is run here. */
static void perform(struct request *request, tasker_work_fn fn, void *user) {
    init_bell(&request->changed);
    pthread_mutex_lock(&lock);
    enqueue(request);
    while (true) {
        /* Where the answer is there, nobody waits for the rest any more. */
        struct work *work = pop(&request->work);
        if (work != NULL) {
            bool is_completed = !request->is_done && run_work(request, work, fn, user);
            if (is_forked) return;
            pthread_mutex_unlock(&lock);
            if (!is_completed) return_work(request->engine, work->id);
            free(work->item);
            free(work);
            pthread_mutex_lock(&lock);
        } else if (request->is_done) {
            break;
        } else {
            await(&request->changed, &for_answers[request->kind], NULL);
        }
    }
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&request->changed.rung);
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
    if (is_forked) return usable(answer);
    return answered(&request, answer);
}

int tasker_call(
    tasker_handle engine, const char *operation, size_t operation_length, const char *json, size_t length,
    tasker_buffer *answer) {
    return call_engine(KIND_CALL, engine, 0, operation, operation_length, json, length, NULL, NULL, answer);
}

int tasker_complete_work(
    tasker_handle engine, uint64_t work, const char *json, size_t length, tasker_buffer *error) {
    int status = call_engine(KIND_COMPLETE, engine, work, NULL, 0, json, length, NULL, NULL, error);
    if (status == TASKER_OK) note_completion(engine, work);
    return status;
}

int tasker_extend_work(tasker_handle engine, uint64_t work, tasker_buffer *error) {
    return call_engine(KIND_EXTEND, engine, work, NULL, 0, NULL, 0, NULL, NULL, error);
}

int tasker_handle_task(tasker_handle engine, uint64_t task, tasker_work_fn fn, void *user, tasker_buffer *verdict) {
    empty(verdict);
    if (fn == NULL) return fail(verdict, TASKER_INVALID, "ARGUMENT_INVALID", "the function is NULL");
    return call_engine(KIND_HANDLE, engine, task, NULL, 0, NULL, 0, fn, user, verdict);
}

/* With the lock, and with nobody inside. */
static void leave_slot(struct engine *engine) {
    engine->is_used = false;
    engine->is_open = false;
    close_wake(engine);
    drop_all(&engine->work);
    pthread_cond_destroy(&engine->changed.rung);
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
    while (slot < ENGINES_MAX && engines[slot].is_used) slot++;
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
    opened->is_used = true;
    opened->is_open = false;
    opened->is_closing = false;
    opened->waiting = 0;
    init_bell(&opened->changed);
    opened->patience = (struct patience){0};
    tasker_handle handle = opened->generation << 16 | (uint64_t)(slot + 1);
    pthread_mutex_unlock(&lock);

    struct request request = {.kind = KIND_OPEN, .engine = handle, .json = config, .length = length};
    perform(&request, NULL, NULL);
    pthread_mutex_lock(&lock);
    if (request.status == TASKER_OK) {
        opened->is_open = true;
        *engine = handle;
    } else {
        leave_slot(opened);
    }
    pthread_mutex_unlock(&lock);
    return answered(&request, error);
}

/*
 * With the lock. Takes out what nobody has asked for, except answers, and gives the ids of the steps among it, as a JSON
 * list.
 */
static char *take_waiting(struct engine *engine) {
    char *ids = NULL;
    size_t length = 0;
    FILE *text = open_memstream(&ids, &length);
    const char *separator = "{\"work_ids\":[";
    struct work_queue waiting = engine->work;
    engine->work = (struct work_queue){0};
    for (struct work *work = pop(&waiting); work != NULL; work = pop(&waiting)) {
        if (work->kind == ITEM_ANSWER) {
            push(&engine->work, work);
            continue;
        }
        if (text != NULL && work->id != 0) {
            fprintf(text, "%s%llu", separator, (unsigned long long)work->id);
            separator = ",";
        }
        free(work->item);
        free(work);
    }
    if (text == NULL) return NULL;
    fputs(*separator == ',' ? "]}" : "", text);
    return fclose(text) == 0 ? ids : NULL;
}

int tasker_engine_close(tasker_handle handle, int64_t timeout_ms, tasker_buffer *error) {
    empty(error);
    int status = usable(error);
    if (status != TASKER_OK) return status;
    pthread_mutex_lock(&lock);
    struct engine *engine = find_engine(handle);
    if (engine == NULL || engine->is_closing) {
        pthread_mutex_unlock(&lock);
        return engine == NULL ? no_engine(error, handle)
                              : fail(error, TASKER_CLOSED, "ENGINE_CLOSED", "another thread closes the engine");
    }
    engine->is_closing = true;
    char *waiting = take_waiting(engine);
    show_work(engine);
    ring_for_all(&engine->changed);
    pthread_mutex_unlock(&lock);

    struct request request = {
        .kind = KIND_CLOSE, .engine = handle, .number = (uint64_t)bounded(timeout_ms), .json = waiting,
        .length = waiting == NULL ? 0 : strlen(waiting)};
    perform(&request, NULL, NULL);
    free(waiting);

    pthread_mutex_lock(&lock);
    while (engine->waiting > 0) pthread_cond_wait(&engine->changed.rung, &lock);
    leave_slot(engine);
    pthread_mutex_unlock(&lock);
    return answered(&request, error);
}

/* ---- Called by Java ------------------------------------------------------------------------------------------ */

/* Waits for the next request. */
static void take_request(struct request_view *view) {
    pthread_mutex_lock(&lock);
    while (queue_first == NULL) await(&request_came, &for_requests, NULL);
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

/* Answers a request, once. Takes the text, which NULL stands for where there was no room for it. */
static void give_reply(uint64_t id, int32_t status, char *text, uint64_t length) {
    pthread_mutex_lock(&lock);
    struct request **place = &unanswered;
    while (*place != NULL && (*place)->id != id) place = &(*place)->next;
    struct request *request = *place;
    if (request == NULL) {
        pthread_mutex_unlock(&lock);
        free(text);
        return;
    }
    *place = request->next;
    bool has_room = text != NULL || length == 0;
    request->status = has_room ? status : TASKER_NOMEM;
    request->answer.data = text;
    request->answer.length = text == NULL ? 0 : length;
    request->is_done = true;
    ring(&request->changed);
    pthread_mutex_unlock(&lock);
}

/*
 * Hands work to the program: to the caller of tasker_handle_task whose request it is, or with request 0 to whoever asks
 * the engine next. Takes the item. Gives false where neither is there any more. Of answers there are no more than the
 * program has asked for, and none may be lost: neither the bound nor the closing of the engine holds them back.
 */
static bool offer_work(
    uint64_t handle, uint64_t request_id, uint64_t id, enum item_kind kind, char *item, uint64_t length) {
    struct work *work = item == NULL ? NULL : malloc(sizeof *work);
    if (work == NULL) {
        free(item);
        return false;
    }
    *work = (struct work){.id = id, .kind = kind, .item = item, .length = length};
    bool is_taken = false;
    pthread_mutex_lock(&lock);
    struct engine *engine = find_used(handle);
    bool is_answer = kind == ITEM_ANSWER;
    if (engine == NULL || (engine->is_closing && !is_answer)) {
        /* Nothing new is begun. */
    } else if (request_id != 0) {
        struct request *request = unanswered;
        while (request != NULL && request->id != request_id) request = request->next;
        if (request != NULL && !request->is_done) {
            push(&request->work, work);
            ring(&request->changed);
            is_taken = true;
        }
    } else if (engine->work.count < WAITING_WORK_MAX || is_answer) {
        bool was_empty = engine->work.first == NULL;
        push(&engine->work, work);
        if (was_empty) show_work(engine);
        ring(&engine->changed);
        is_taken = true;
    }
    pthread_mutex_unlock(&lock);
    if (!is_taken) {
        free(item);
        free(work);
    }
    return is_taken;
}

/* The three above as methods of dev.tasker.embedding.NativeQueues, and one that reads what a request points to. */

static void JNICALL java_take(JNIEnv *env, jclass type, jlongArray numbers) {
    struct request_view view;
    (void)type;
    take_request(&view);
    (*env)->SetLongArrayRegion(env, numbers, 0, VIEW_NUMBERS, (const jlong *)&view);
}

static jbyteArray JNICALL java_text(JNIEnv *env, jclass type, jlong address, jlong length) {
    (void)type;
    jbyteArray text = (*env)->NewByteArray(env, (jsize)length);
    if (text != NULL) (*env)->SetByteArrayRegion(env, text, 0, (jsize)length, (const jbyte *)(intptr_t)address);
    return text;
}

/* A copy that ends in NUL, or NULL where there is no room for it. */
static char *copy_of(JNIEnv *env, jbyteArray text, jsize length) {
    char *copy = malloc((size_t)length + 1);
    if (copy != NULL) {
        (*env)->GetByteArrayRegion(env, text, 0, length, (jbyte *)copy);
        copy[length] = '\0';
    }
    return copy;
}

static void JNICALL java_reply(JNIEnv *env, jclass type, jlong id, jint status, jbyteArray text) {
    (void)type;
    jsize length = (*env)->GetArrayLength(env, text);
    give_reply((uint64_t)id, status, length == 0 ? NULL : copy_of(env, text, length), (uint64_t)length);
}

static jboolean JNICALL java_offer(
    JNIEnv *env, jclass type, jlong engine, jlong request, jlong work, jint kind, jbyteArray item) {
    (void)type;
    jsize length = (*env)->GetArrayLength(env, item);
    char *copy = copy_of(env, item, length);
    return offer_work(
        (uint64_t)engine, (uint64_t)request, (uint64_t)work, (enum item_kind)kind, copy, (uint64_t)length);
}

const JNINativeMethod java_methods[JAVA_METHODS] = {
    {"take", "([J)V", (void *)java_take},
    {"text", "(JJ)[B", (void *)java_text},
    {"reply", "(JI[B)V", (void *)java_reply},
    {"offer", "(JJJI[B)Z", (void *)java_offer}};

/* ---- The start ----------------------------------------------------------------------------------------------- */

static void after_fork_in_child(void) {
    if (atomic_load(&state) != STATE_NEW) is_forked = 1;
}

static void on_first_use(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }

/* Those that this process may use. */
static int count_cores(void) {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
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
    if (options->heap_max_mb != 0 && (options->heap_max_mb < HEAP_LEAST_MB || options->heap_max_mb > HEAP_MOST_MB)) {
        return fail(error, TASKER_INVALID, "ARGUMENT_INVALID", "heap_max_mb is %u; it must be 0, or from %d to %d",
                    options->heap_max_mb, HEAP_LEAST_MB, HEAP_MOST_MB);
    }
    pthread_once(&once, on_first_use);
    enum state before = STATE_NEW;
    if (!atomic_compare_exchange_strong(&state, &before, STATE_STARTING)) {
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
        looking_most = count_cores() / 2;
        status = jvm_start(boot);
    }
    /* A JVM that did not start, or not to its end, cannot be tried again in this process. */
    bool can_be_repeated = boot == NULL || !boot->is_tried;
    atomic_store(&state, status == TASKER_OK ? STATE_READY : can_be_repeated ? STATE_NEW : STATE_FAILED);
    if (boot != NULL) {
        free(boot->class_path);
        free(boot->key);
    }
    free(boot);
    return status;
}

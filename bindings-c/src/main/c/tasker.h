/*
 * libtasker: the Tasker engine inside another program.
 *
 * The library starts a JVM in this process, once, and talks to it through queues: no Java code ever runs on a thread of
 * the program, and no call into the program comes from a thread of the library. See docs/c-abi.md.
 *
 * All functions may be called from any thread. All texts are UTF-8 with a length, and need not end with a zero. Text
 * beyond TASKER_TEXT_MAX bytes is refused. What a function gives is in a tasker_buffer, which is emptied first, without
 * freeing what it held, and is to be freed with tasker_buffer_free. With a status below zero, and where the engine
 * closes, it holds the error as JSON: {"code", "message", "details"}. Any buffer may be NULL but that of
 * tasker_next_work.
 */
#ifndef TASKER_H
#define TASKER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TASKER_ABI_VERSION 1u
#define TASKER_TEXT_MAX (64u * 1024u * 1024u)

#if defined(__GNUC__)
#define TASKER_API __attribute__((visibility("default")))
#else
#define TASKER_API
#endif

/* What every function but the plain getters returns. */
enum tasker_status {
    TASKER_OK = 0,
    TASKER_TIMEOUT = 1,  /* nothing came within the time */
    TASKER_CLOSED = 2,   /* the engine is closed, or closes */
    TASKER_INVALID = -1, /* an argument makes no sense, or the engine refused the request: see the error */
    TASKER_HANDLE = -2,  /* no such engine, or no such work: never was, or is closed or completed */
    TASKER_UTF8 = -3,    /* a text is no UTF-8 */
    TASKER_TOO_LARGE = -4,
    TASKER_STATE = -5,    /* not initialised, or initialised before */
    TASKER_FORKED = -6,   /* the process was forked after tasker_init: initialise after the fork */
    TASKER_JVM = -7,      /* no JVM was found, or it did not start */
    TASKER_INTERNAL = -8, /* a bug of the library */
    TASKER_NOMEM = -9,
    TASKER_ABI = -11 /* the caller was built for another version of this header */
};

/* An engine. Never a pointer; a handle of a closed engine is not used again. 0 is none. */
typedef uint64_t tasker_handle;

/* Text that a function gives. */
typedef struct tasker_buffer {
    char *data; /* NULL where length is 0 */
    size_t length;
} tasker_buffer;

/* How the JVM is started. Zero everything, then set struct_size and what is wanted. */
typedef struct tasker_options {
    size_t struct_size;       /* sizeof(tasker_options) */
    uint32_t abi_version;     /* TASKER_ABI_VERSION */
    uint32_t heap_max_mb;     /* 32 to 1048576; 0: 256 */
    const char *runtime;      /* made by `tasker runtime`; NULL: TASKER_RUNTIME, else the folder of the library */
    const char *java_home;    /* NULL: that of the runtime folder, TASKER_JAVA_HOME, JAVA_HOME, the usual folders */
    const char *jvm_options;  /* more options, split at blanks; NULL: none */
    const char *log_file;     /* what the engine logs is added to it; NULL: standard error, where the JVM warns */
} tasker_options;

/*
 * Runs one attempt of a step, on the thread that called tasker_handle_task. It must call tasker_complete_work before it
 * returns: what it does not complete fails (WORK_NOT_COMPLETED), and is tried again as after any failure. The item is
 * valid until it returns. It must return in the ordinary way: no longjmp and no exception may leave it.
 */
typedef void (*tasker_work_fn)(void *user, uint64_t work, const char *item, size_t length);

TASKER_API uint32_t tasker_abi_version(void);
TASKER_API const char *tasker_version(void);

/* Sizes for bindings to compare when they load: 0 tasker_buffer, 1 tasker_options; else 0. */
TASKER_API size_t tasker_struct_size(int which);

/*
 * Starts the JVM. Once per process, after every fork; takes a tenth of a second. Signals of the program stay its own.
 * TASKER_STATE where it was called before, TASKER_ABI, TASKER_FORKED, TASKER_JVM with what was looked for, and where.
 */
TASKER_API int tasker_init(const tasker_options *options, tasker_buffer *error);

/* TASKER_OK where the library can be used, TASKER_STATE before tasker_init, TASKER_FORKED in a forked child. */
TASKER_API int tasker_state(void);

/*
 * Opens an engine on a database. Several may be open.
 * config: {"database_url": "postgresql://...", "runtime": "ruby"|"python"|"javascript", "slots": 10, "settings": {...}}
 */
TASKER_API int tasker_engine_open(const char *config, size_t length, tasker_handle *engine, tasker_buffer *error);

/*
 * Stops claiming, lets what runs finish for at most timeout_ms (up to an hour), gives the rest back, and closes.
 * Waiting calls of tasker_next_work return TASKER_CLOSED at once, and work that nobody has asked for is given back.
 * Until it returns, work that runs can be completed and extended, answers to HTTP calls that it has begun come as work,
 * and all other calls of the engine give TASKER_CLOSED; then the handle is unknown. TASKER_CLOSED where another thread
 * closes it. Not to be called inside a tasker_work_fn of the engine: it would wait for itself until the time is over.
 */
TASKER_API int tasker_engine_close(tasker_handle engine, int64_t timeout_ms, tasker_buffer *error);

/*
 * Any operation by its name, with a JSON object (or an empty text); gives a JSON value. docs/c-abi.md lists them:
 * start, register_template, register_handlers, create_task, get_task, cancel_task, retry_task, why_step, ...
 */
TASKER_API int tasker_call(
    tasker_handle engine, const char *operation, size_t operation_length, const char *json, size_t length,
    tasker_buffer *answer);

/*
 * The next attempt for this program to run, as a JSON object with its "work_id". Waits for at most timeout_ms (0: not
 * at all, an hour at most). TASKER_TIMEOUT, TASKER_CLOSED. Does not reach the JVM. For items of the kinds "enqueue" (the
 * program is to enqueue a job for a task), "verdict" and "answer" (to what the program has asked for) work is 0: they are
 * not to be completed.
 */
TASKER_API int tasker_next_work(tasker_handle engine, int64_t timeout_ms, uint64_t *work, tasker_buffer *item);

/*
 * The outcome of an attempt: {"results": any} or {"error": {"class", "message", "retryable", ...}}. TASKER_HANDLE where
 * the work is unknown or completed; an attempt that was cancelled meanwhile is completed without effect.
 */
TASKER_API int tasker_complete_work(
    tasker_handle engine, uint64_t work, const char *json, size_t length, tasker_buffer *error);

/* A heartbeat: the timeout of the attempt starts anew. TASKER_CLOSED where it was cancelled: stop it. */
TASKER_API int tasker_extend_work(tasker_handle engine, uint64_t work, tasker_buffer *error);

/*
 * Runs the steps of one task that this program has handlers for, by calling fn on this thread, until nothing more can
 * run here now. verdict: {"verdict": "ended", "state"}, {"verdict": "again", "delay_ms", "reason"} or
 * {"verdict": "nothing_to_do"}.
 * A child that fn has forked and that returns from it gets TASKER_FORKED.
 */
TASKER_API int tasker_handle_task(
    tasker_handle engine, uint64_t task, tasker_work_fn fn, void *user, tasker_buffer *verdict);

/*
 * A descriptor that is readable while work waits for tasker_next_work, and when the engine closes; for event loops.
 * Belongs to the engine: do not close or read it, and let it go before tasker_engine_close. A loop that insists on
 * reading gets a duplicate (fcntl F_DUPFD_CLOEXEC), and takes work until TASKER_TIMEOUT each time it has read: a byte
 * comes when work comes and none waits. The duplicate ends with the engine. -1 where there is no such engine.
 */
TASKER_API int tasker_wake_fd(tasker_handle engine);

/* Frees what is in a buffer, and empties it. */
TASKER_API void tasker_buffer_free(tasker_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif

/*
 * A libjvm.so without Java: two threads that serve requests of libtasker as the Java side does. The sanitizers that
 * cannot follow a JVM, for leaks and for data races, follow this.
 *
 * What it does: tasker_call "offer" with a number offers so many pieces of work, and any other call is echoed, by a
 * thread of its own; tasker_handle_task offers as many as its task's number says, and answers when all are completed or
 * given back. An engine that closes offers answers, and pieces of work that must be refused.
 */
#include <jni.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISPATCHERS = 2, LAST_ANSWERS = 20 };
enum item_kind { ITEM_NEW, ITEM_ANSWER };
enum request_kind { KIND_OPEN = 1, KIND_CLOSE, KIND_CALL, KIND_COMPLETE, KIND_EXTEND, KIND_HANDLE, KIND_RETURN };

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

/* A task whose steps are on their way. */
struct running {
    uint64_t request;
    uint64_t engine;
    uint64_t first;
    uint64_t last;
    uint64_t open;
    struct running *next;
};

/* The methods that libtasker has for Java; NULL stands for the environment and the class. */
static void(JNICALL *java_take)(JNIEnv *, jclass, jlongArray);
static jbyteArray(JNICALL *java_text)(JNIEnv *, jclass, jlong, jlong);
static void(JNICALL *java_reply)(JNIEnv *, jclass, jlong, jint, jbyteArray);
static jboolean(JNICALL *java_offer)(JNIEnv *, jclass, jlong, jlong, jlong, jint, jbyteArray);

static struct JNINativeInterface_ functions;
static JNIEnv environment = &functions;

/* An array of Java. */
struct bytes {
    jsize length;
    const char *data;
    char own[];
};

static void take_request(struct request_view *view) { java_take(&environment, NULL, (jlongArray)view); }

static void give_reply(uint64_t id, int32_t status, const char *text, uint64_t length) {
    struct bytes array = {.length = (jsize)length, .data = text};
    java_reply(&environment, NULL, (jlong)id, status, (jbyteArray)&array);
}

static bool offer_work(
    uint64_t engine, uint64_t request, uint64_t id, int32_t kind, const char *item, uint64_t length) {
    struct bytes array = {.length = (jsize)length, .data = item};
    return java_offer(&environment, NULL, (jlong)engine, (jlong)request, (jlong)id, kind, (jbyteArray)&array);
}

/* What a request points to. */
static struct bytes *read_text(const char *text, uint64_t length) {
    return (struct bytes *)java_text(&environment, NULL, (jlong)(intptr_t)text, (jlong)length);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_work = 0;
static struct running *tasks = NULL;

static void reply(uint64_t request, const char *text) { give_reply(request, 0, text, strlen(text)); }

static bool offer(uint64_t engine, uint64_t request, uint64_t id) {
    char item[64];
    snprintf(item, sizeof item, "{\"kind\":\"step\",\"work_id\":%llu}", (unsigned long long)id);
    return offer_work(engine, request, id, ITEM_NEW, item, strlen(item));
}

/* Work that was completed or given back; the last one of a task ends it. */
static void end_work(uint64_t work) {
    uint64_t ended = 0;
    pthread_mutex_lock(&lock);
    for (struct running **place = &tasks; *place != NULL; place = &(*place)->next) {
        struct running *task = *place;
        if (work < task->first || work > task->last) continue;
        if (--task->open == 0) {
            ended = task->request;
            *place = task->next;
            free(task);
        }
        break;
    }
    pthread_mutex_unlock(&lock);
    if (ended != 0) reply(ended, "{\"verdict\":\"ended\"}");
}

static void handle(const struct request_view *view) {
    struct running *task = malloc(sizeof *task);
    if (task == NULL || view->number == 0) {
        free(task);
        reply(view->id, "{\"verdict\":\"nothing_to_do\"}");
        return;
    }
    pthread_mutex_lock(&lock);
    uint64_t first = last_work + 1;
    uint64_t last = last_work += view->number;
    *task = (struct running){view->id, view->engine, first, last, view->number, tasks};
    tasks = task;
    pthread_mutex_unlock(&lock);
    /* A request that is over takes its list with it, so that nothing of the task is looked at from here on. */
    for (uint64_t id = first; id <= last; id++) {
        if (!offer(view->engine, view->id, id)) end_work(id);
    }
}

static void offer_many(const struct request_view *view) {
    for (long left = view->json == NULL ? 0 : strtol(view->json, NULL, 10); left > 0; left--) {
        pthread_mutex_lock(&lock);
        uint64_t id = ++last_work;
        pthread_mutex_unlock(&lock);
        offer(view->engine, 0, id);
    }
    reply(view->id, "null");
}

static void close_engine(const struct request_view *view) {
    static const char item[] = "{\"kind\":\"answer\"}";
    for (int left = LAST_ANSWERS; left > 0; left--) {
        if (!offer_work(view->engine, 0, 0, ITEM_ANSWER, item, strlen(item)) || offer(view->engine, 0, 1)) abort();
    }
    reply(view->id, "");
}

/* Java answers calls on other threads than it takes them from. The text stays until the answer is there. */
static void *echo(void *argument) {
    struct request_view *view = argument;
    struct bytes *text = read_text(view->json, view->length);
    give_reply(view->id, 0, text->data, (uint64_t)text->length);
    free(text);
    /* Once only. */
    reply(view->id, "again");
    free(view);
    return NULL;
}

static void call(const struct request_view *view) {
    struct request_view *copy = malloc(sizeof *copy);
    pthread_t thread;
    if (view->name_length == 5 && memcmp(view->name, "offer", 5) == 0) {
        free(copy);
        offer_many(view);
    } else if (copy != NULL) {
        *copy = *view;
        pthread_create(&thread, NULL, echo, copy);
        pthread_detach(thread);
    }
}

static void *dispatch(void *argument) {
    struct request_view view;
    while (true) {
        take_request(&view);
        switch (view.kind) {
            case KIND_CALL: call(&view); break;
            case KIND_CLOSE: close_engine(&view); break;
            case KIND_HANDLE: handle(&view); break;
            case KIND_COMPLETE:
            case KIND_RETURN:
                reply(view.id, "");
                end_work(view.number);
                break;
            default: reply(view.id, "");
        }
    }
    return argument;
}

/* ---- What libtasker calls of JNI ------------------------------------------------------------------------------ */

static jclass JNICALL find_class(JNIEnv *env, const char *name) {
    (void)env;
    return (jclass)(uintptr_t)name;
}

static jmethodID JNICALL static_method(JNIEnv *env, jclass type, const char *name, const char *form) {
    (void)env, (void)type, (void)form;
    return (jmethodID)(uintptr_t)name;
}

static jint JNICALL register_natives(JNIEnv *env, jclass type, const JNINativeMethod *methods, jint count) {
    void **const places[] = {(void **)&java_take, (void **)&java_text, (void **)&java_reply, (void **)&java_offer};
    static const char *const names[] = {"take", "text", "reply", "offer"};
    (void)env, (void)type;
    for (int i = 0; i < count; i++) {
        if (strcmp(methods[i].name, names[i]) != 0) abort();
        *places[i] = methods[i].fnPtr;
    }
    return JNI_OK;
}

static void JNICALL set_longs(JNIEnv *env, jlongArray array, jsize start, jsize length, const jlong *values) {
    (void)env;
    memcpy((jlong *)array + start, values, (size_t)length * sizeof *values);
}

static jbyteArray JNICALL new_bytes(JNIEnv *env, jsize length) {
    (void)env;
    struct bytes *array = malloc(sizeof *array + (size_t)length);
    if (array == NULL) abort();
    array->length = length;
    array->data = array->own;
    return (jbyteArray)array;
}

static void JNICALL set_bytes(JNIEnv *env, jbyteArray array, jsize start, jsize length, const jbyte *values) {
    (void)env;
    memcpy(((struct bytes *)array)->own + start, values, (size_t)length);
}

static void JNICALL get_bytes(JNIEnv *env, jbyteArray array, jsize start, jsize length, jbyte *values) {
    (void)env;
    memcpy(values, ((struct bytes *)array)->data + start, (size_t)length);
}

static jsize JNICALL length_of(JNIEnv *env, jarray array) {
    (void)env;
    return ((struct bytes *)array)->length;
}

static void JNICALL start(JNIEnv *env, jclass type, jmethodID method, ...) {
    (void)env, (void)type, (void)method;
    for (int i = 0; i < DISPATCHERS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, dispatch, NULL) == 0) pthread_detach(thread);
    }
}

static jboolean JNICALL no_exception(JNIEnv *env) {
    (void)env;
    return JNI_FALSE;
}

static jint JNICALL detach(JavaVM *jvm) {
    (void)jvm;
    return JNI_OK;
}

JNIEXPORT jint JNICALL JNI_CreateJavaVM(JavaVM **jvm, void **env, void *arguments) {
    static struct JNIInvokeInterface_ invocation;
    static JavaVM machine = &invocation;
    (void)arguments;
    functions.FindClass = find_class;
    functions.GetStaticMethodID = static_method;
    functions.CallStaticVoidMethod = start;
    functions.RegisterNatives = register_natives;
    functions.SetLongArrayRegion = set_longs;
    functions.NewByteArray = new_bytes;
    functions.SetByteArrayRegion = set_bytes;
    functions.GetByteArrayRegion = get_bytes;
    functions.GetArrayLength = length_of;
    functions.ExceptionCheck = no_exception;
    invocation.DetachCurrentThread = detach;
    *jvm = &machine;
    *env = &environment;
    return JNI_OK;
}

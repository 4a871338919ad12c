/*
 * Uses all of libtasker from many threads, on a JVM that is none (fake_jvm.c), for the sanitizers: nothing may be left
 * behind, and nothing may be touched by two threads at once.
 *
 *   memory ROUNDS [leak|race]
 *
 * With the second word it makes that mistake itself, which the sanitizer must see.
 */
#include "tasker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, WORK = 40, STEPS = 5 };

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                              \
        }                                                                         \
    } while (0)

static tasker_handle engine;
static int unguarded = 0;

static int complete(uint64_t work) {
    tasker_buffer error;
    int status = tasker_complete_work(engine, work, "{\"results\":1}", 13, &error);
    tasker_buffer_free(&error);
    return status;
}

static void *pull(void *argument) {
    uint64_t work;
    tasker_buffer item;
    int status;
    while ((status = tasker_next_work(engine, 10000, &work, &item)) == TASKER_OK) {
        bool is_answer = strstr(item.data, "answer") != NULL;
        CHECK(item.length > 0 && (work > 0) != is_answer);
        tasker_buffer_free(&item);
        if (is_answer) continue;
        tasker_extend_work(engine, work, NULL);
        CHECK(complete(work) != TASKER_INTERNAL);
    }
    CHECK(status == TASKER_CLOSED || status == TASKER_HANDLE);
    tasker_buffer_free(&item);
    return argument;
}

static void *call(void *argument) {
    for (int i = 0; i < WORK; i++) {
        tasker_buffer answer;
        char text[64];
        int length = snprintf(text, sizeof text, "{\"number\":%d}", i);
        int status = tasker_call(engine, "echo", 4, text, (size_t)length, &answer);
        CHECK(status == TASKER_OK && strcmp(answer.data, text) == 0);
        tasker_buffer_free(&answer);
        CHECK(tasker_call(engine, "echo", 4, "\xff", 1, &answer) == TASKER_UTF8);
        tasker_buffer_free(&answer);
        CHECK(tasker_call(engine + 1, "echo", 4, "{}", 2, &answer) == TASKER_HANDLE);
        tasker_buffer_free(&answer);
        CHECK(tasker_call(engine, "echo", 4, text, (size_t)length, NULL) == TASKER_OK);
        CHECK(tasker_call(engine, "offer", 5, "3", 1, NULL) == TASKER_OK);
    }
    return argument;
}

/* Every third piece is forgotten, and given back by the library. */
static void run(void *user, uint64_t work, const char *item, size_t length) {
    int *count = user;
    CHECK(strlen(item) == length);
    if (++*count % 3 != 0) CHECK(complete(work) == TASKER_OK);
}

static void *handle_tasks(void *argument) {
    for (uint64_t task = 0; task < WORK; task++) {
        int count = 0;
        tasker_buffer verdict;
        CHECK(tasker_handle_task(engine, task % STEPS, run, &count, &verdict) == TASKER_OK);
        CHECK(verdict.length > 0 && count == (int)(task % STEPS));
        tasker_buffer_free(&verdict);
    }
    return argument;
}

static void *add(void *argument) {
    for (int i = 0; i < 1000; i++) unguarded++;
    return argument;
}

static void join(pthread_t *threads, int count) {
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static void round_of_all(void) {
    pthread_t pulling[THREADS];
    pthread_t calling[2 * THREADS];
    tasker_buffer error;
    CHECK(tasker_engine_open("{}", 2, &engine, &error) == TASKER_OK);
    CHECK(tasker_wake_fd(engine) >= 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&pulling[i], NULL, pull, NULL);
        pthread_create(&calling[2 * i], NULL, call, NULL);
        pthread_create(&calling[2 * i + 1], NULL, handle_tasks, NULL);
    }
    join(calling, 2 * THREADS);
    /* Some of it is still waiting when the engine closes. */
    CHECK(tasker_call(engine, "offer", 5, "500", 3, NULL) == TASKER_OK);
    CHECK(tasker_engine_close(engine, 1000, &error) == TASKER_OK);
    join(pulling, THREADS);
    CHECK(tasker_engine_close(engine, 0, &error) == TASKER_HANDLE);
    tasker_buffer_free(&error);
}

int main(int count, char **words) {
    long rounds = count > 1 ? strtol(words[1], NULL, 10) : 1;
    const char *mistake = count > 2 ? words[2] : "";
    tasker_options options = {.struct_size = sizeof options, .abi_version = TASKER_ABI_VERSION};
    tasker_buffer error;
    int status = tasker_init(&options, &error);
    if (status != TASKER_OK) fprintf(stderr, "tasker_init: %d %s\n", status, error.data);
    CHECK(status == TASKER_OK);
    CHECK(tasker_init(&options, &error) == TASKER_STATE);
    tasker_buffer_free(&error);
    for (long i = 0; i < rounds; i++) round_of_all();

    if (strcmp(mistake, "leak") == 0) {
        tasker_engine_open("\xff", 1, &engine, &error);
        memset(&error, 0, sizeof error);
    }
    if (strcmp(mistake, "race") == 0) {
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, add, NULL);
        join(threads, 2);
    }
    puts("as it should be");
    return 0;
}

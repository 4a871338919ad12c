/*
 * What calls of libtasker cost, in a C program.
 *
 *   bin/tasker runtime RUNTIME       # a folder with an absolute path
 *   cc -O2 -IRUNTIME -o costs benchmarks/embedding/costs.c -LRUNTIME -ltasker -Wl,-rpath,RUNTIME
 *   ./costs postgresql://user:password@localhost/empty_database      # is migrated
 *
 * Rename tasker.aot.key for a start without the cache.
 */
#define _GNU_SOURCE
#include <tasker.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { CALLS = 20000, TASKS = 500 };

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void check(int status, tasker_buffer *buffer) {
    if (status >= 0) return;
    fprintf(stderr, "status %d: %s\n", status, buffer->data == NULL ? "" : buffer->data);
    exit(1);
}

static void call(tasker_handle engine, const char *operation, const char *json) {
    tasker_buffer answer;
    check(tasker_call(engine, operation, strlen(operation), json, strlen(json), &answer), &answer);
    tasker_buffer_free(&answer);
}

static void tell(const char *what, double begin_us, int count) {
    printf("%-44s %10.2f us\n", what, (now_us() - begin_us) / count);
}

static void work_off(tasker_handle engine, int steps) {
    static const char outcome[] = "{\"results\":1}";
    while (steps-- > 0) {
        uint64_t work;
        tasker_buffer buffer;
        check(tasker_next_work(engine, 20000, &work, &buffer), &buffer);
        tasker_buffer_free(&buffer);
        check(tasker_complete_work(engine, work, outcome, strlen(outcome), &buffer), &buffer);
    }
}

int main(int count, char **words) {
    static const char one[] =
        "{\"yaml\":\"name: costs\\ndefault_runtime: python\\nstep_templates: [{name: a, handler_class: A}]\\n\"}";
    char json[1000];
    tasker_options options = {.struct_size = sizeof options, .abi_version = TASKER_ABI_VERSION};
    tasker_buffer buffer;
    tasker_handle engine;
    if (count != 2) return 2;

    double begin = now_us();
    check(tasker_init(&options, &buffer), &buffer);
    tell("tasker_init", begin, 1);
    printf("%-44s %10.2f us\n", "  CPU", cpu_us());
    for (int round = 0; round < 2; round++) {
        double cpu = cpu_us();
        begin = now_us();
        snprintf(json, sizeof json, "{\"database_url\":\"%s\",\"runtime\":\"python\",\"migrate\":true}", words[1]);
        check(tasker_engine_open(json, strlen(json), &engine, &buffer), &buffer);
        tell(round == 0 ? "tasker_engine_open, the first" : "tasker_engine_open, the second", begin, 1);
        printf("%-44s %10.2f us\n", "  CPU", cpu_us() - cpu);
        if (round == 0) check(tasker_engine_close(engine, 0, &buffer), &buffer);
    }
    for (int round = 0; round < 2; round++) {
        /* The first round warms up. */
        begin = now_us();
        for (int i = 0; i < CALLS; i++) tasker_state();
        if (round == 1) tell("tasker_state", begin, CALLS);
        begin = now_us();
        for (int i = 0; i < CALLS; i++) {
            uint64_t work;
            tasker_next_work(engine, 0, &work, &buffer);
        }
        if (round == 1) tell("tasker_next_work, nothing there", begin, CALLS);
        begin = now_us();
        for (int i = 0; i < CALLS; i++) {
            tasker_extend_work(engine, 1, &buffer);
            tasker_buffer_free(&buffer);
        }
        if (round == 1) tell("tasker_extend_work, answered at once", begin, CALLS);
        begin = now_us();
        for (int i = 0; i < CALLS; i++) {
            tasker_call(engine, "work", 4, "{\"work_id\":1}", 13, &buffer);
            tasker_buffer_free(&buffer);
        }
        if (round == 1) tell("tasker_call, on a virtual thread", begin, CALLS);
    }
    call(engine, "register_handlers", "{\"handlers\":[{\"name\":\"A\"}]}");
    call(engine, "register_template", one);
    for (int i = 0; i < TASKS; i++) {
        snprintf(json, sizeof json, "{\"template\":\"costs\",\"context\":{\"n\":%d,\"at\":%.0f}}", i, now_us());
        call(engine, "create_task", json);
    }
    begin = now_us();
    call(engine, "start", "");
    work_off(engine, TASKS);
    tell("one piece of work, database and all", begin, TASKS);
    return 0;
}

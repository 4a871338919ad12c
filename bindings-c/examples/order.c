/*
 * An order of two steps, run by a C program.
 *
 *   bin/tasker runtime /opt/tasker
 *   cc -I/opt/tasker -o order bindings-c/examples/order.c -L/opt/tasker -ltasker -Wl,-rpath,/opt/tasker
 *   ./order postgresql://user:password@localhost/database
 *
 * The program holds the handlers, the engine holds the workflow: which step comes when, what is tried again, what has
 * been done. `price` computes a total; `confirm` finds it among the results of its parents.
 */
#include <tasker.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The database URL is put into JSON as it is, so it must hold no quotes; a real program uses a JSON library. */
static const char config[] =
    "{\"database_url\":\"%s\",\"runtime\":\"python\",\"migrate\":true}";

/* `runtime` says under which language the templates name this program's handlers; any of the three will do. */
static const char order_template[] =
    "{\"yaml\":\""
    "name: order\\n"
    "namespace_name: c_example\\n"
    "default_runtime: python\\n"
    "step_templates:\\n"
    "  - {name: price, handler_class: Price}\\n"
    "  - {name: confirm, handler_class: Confirm, depends_on_step: price}\\n"
    "\"}";

/* Ends the program with the error, which is JSON, unless the call went well. */
static void check(int status, const char *what, tasker_buffer *buffer) {
    if (status == TASKER_OK) return;
    fprintf(stderr, "%s: status %d %s\n", what, status, buffer->data == NULL ? "" : buffer->data);
    exit(1);
}

/* Calls an operation by its name. The answer is the caller's, to be freed with tasker_buffer_free. */
static tasker_buffer call(tasker_handle engine, const char *operation, const char *json) {
    tasker_buffer answer;
    check(tasker_call(engine, operation, strlen(operation), json, strlen(json), &answer), operation, &answer);
    return answer;
}

/* The number behind a key, wherever it stands; again, a real program uses a JSON library. */
static long number_of(const char *json, const char *key) {
    const char *place = strstr(json, key);
    return place == NULL ? -1 : strtol(place + strlen(key), NULL, 10);
}

/* One attempt of a step. It may run more than once for the same step, so what it does must bear that. */
static void run_step(void *user, uint64_t work, const char *item, size_t length) {
    tasker_handle engine = *(tasker_handle *)user;
    char outcome[200];
    (void)length;
    if (strstr(item, "\"handler_class\":\"Price\"") != NULL) {
        long total = number_of(item, "\"quantity\":") * number_of(item, "\"cents\":");
        snprintf(outcome, sizeof outcome, "{\"results\":{\"total_cents\":%ld}}", total);
    } else {
        long total = number_of(item, "\"total_cents\":");
        printf("confirmed: %ld cents\n", total);
        snprintf(outcome, sizeof outcome, "{\"results\":{\"confirmed\":true}}");
    }
    tasker_buffer error;
    int status = tasker_complete_work(engine, work, outcome, strlen(outcome), &error);
    if (status != TASKER_OK) fprintf(stderr, "complete_work: status %d %s\n", status, error.data);
    tasker_buffer_free(&error);
}

int main(int count, char **words) {
    if (count != 2) {
        fprintf(stderr, "usage: %s DATABASE_URL\n", words[0]);
        return 2;
    }

    /* Once per process, and after every fork. */
    tasker_options options = {.struct_size = sizeof options, .abi_version = TASKER_ABI_VERSION};
    tasker_buffer buffer;
    check(tasker_init(&options, &buffer), "tasker_init", &buffer);

    char json[1000];
    tasker_handle engine;
    snprintf(json, sizeof json, config, words[1]);
    check(tasker_engine_open(json, strlen(json), &engine, &buffer), "tasker_engine_open", &buffer);

    /* Which handlers this program has; and the workflow that uses them. The same text again changes nothing. */
    buffer = call(engine, "register_handlers", "{\"handlers\":[{\"name\":\"Price\"},{\"name\":\"Confirm\"}]}");
    tasker_buffer_free(&buffer);
    buffer = call(engine, "register_template", order_template);
    tasker_buffer_free(&buffer);

    /* Two tasks with one context are one too many, and the second is refused; so each order has a number. */
    snprintf(json, sizeof json,
             "{\"template\":\"c_example.order\",\"context\":{\"order\":\"%lld-%d\",\"quantity\":3,\"cents\":1250}}",
             (long long)time(NULL), (int)getpid());
    buffer = call(engine, "create_task", json);
    long task = number_of(buffer.data, "\"task_id\":");
    tasker_buffer_free(&buffer);

    /* Runs the steps on this thread, one after another. A worker would call "start" and pull with tasker_next_work. */
    check(tasker_handle_task(engine, (uint64_t)task, run_step, &engine, &buffer), "tasker_handle_task", &buffer);
    printf("task %ld: %s\n", task, buffer.data);
    tasker_buffer_free(&buffer);

    check(tasker_engine_close(engine, 5000, &buffer), "tasker_engine_close", &buffer);
    return 0;
}

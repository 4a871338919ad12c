/*
 * Makes the start-up cache of a runtime folder, by doing with the library what programs do with it.
 *
 *   tasker-train RUNTIME_FOLDER
 *
 *   TASKER_TRAIN_DATABASE_URL   an empty database
 *
 * Writes tasker.aot and tasker.aot.key; the key is what tasker_init compares before it uses the cache. The library is
 * compiled in, because the JVM has to be ended in order to write the cache, which the library never does.
 */
#include "jvm.c"

static const char template_yaml[] =
    "name: train\\nnamespace_name: tasker_train\\ndefault_runtime: python\\nstep_templates:\\n"
    "  - {name: first, handler_class: Train}\\n  - {name: second, handler_class: Train, depends_on_step: first}\\n";

static void check(int status, const char *what, tasker_buffer *buffer) {
    if (status != TASKER_OK) {
        fprintf(stderr, "tasker-train: %s: status %d: %s\n", what, status, buffer->data == NULL ? "" : buffer->data);
        exit(1);
    }
}

static long call(tasker_handle engine, const char *operation, const char *json) {
    tasker_buffer answer;
    check(tasker_call(engine, operation, strlen(operation), json, strlen(json), &answer), operation, &answer);
    const char *id = answer.data == NULL ? NULL : strstr(answer.data, "\"task_id\":");
    long number = id == NULL ? 0 : strtol(id + strlen("\"task_id\":"), NULL, 10);
    tasker_buffer_free(&answer);
    return number;
}

static void complete(void *engine, uint64_t work, const char *item, size_t length) {
    static const char outcome[] = "{\"results\":{\"sum\":3}}";
    tasker_buffer error;
    (void)item;
    (void)length;
    check(tasker_complete_work(*(tasker_handle *)engine, work, outcome, strlen(outcome), &error), "complete", &error);
}

static void exercise(const char *database) {
    char text[PATH_BYTES];
    tasker_handle engine;
    tasker_buffer buffer;
    if (!path_of(text, sizeof text, "{\"database_url\":\"%s\",\"runtime\":\"python\",\"migrate\":true}", database)) exit(1);
    check(tasker_engine_open(text, strlen(text), &engine, &buffer), "open", &buffer);
    call(engine, "register_handlers", "{\"handlers\":[{\"name\":\"Train\"}]}");
    if (!path_of(text, sizeof text, "{\"yaml\":\"%s\"}", template_yaml)) exit(1);
    call(engine, "register_template", text);
    long task = call(engine, "create_task", "{\"template\":\"tasker_train.train\",\"context\":{\"n\":1}}");
    check(tasker_handle_task(engine, (uint64_t)task, complete, &engine, &buffer), "handle", &buffer);
    tasker_buffer_free(&buffer);
    call(engine, "start", "");
    task = call(engine, "create_task", "{\"template\":\"tasker_train.train\",\"context\":{\"n\":2}}");
    for (int steps = 0; steps < 2; steps++) {
        uint64_t work;
        check(tasker_next_work(engine, 10000, &work, &buffer), "next_work", &buffer);
        tasker_buffer_free(&buffer);
        complete(&engine, work, NULL, 0);
    }
    path_of(text, sizeof text, "{\"task_id\":%ld,\"timeout_ms\":10000}", task);
    call(engine, "wait_task", text);
    call(engine, "get_task", text);
    check(tasker_engine_close(engine, 1000, &buffer), "close", &buffer);
}

/* The JVM writes its cache when it ends. Not on the first thread, like everything of Java. */
static void *end_jvm(void *library) {
    jint (*created)(JavaVM **, jsize, jsize *) = NULL;
    JavaVM *jvm = NULL;
    jsize count = 0;
    *(void **)&created = dlsym(library, "JNI_GetCreatedJavaVMs");
    if (created != NULL && created(&jvm, 1, &count) == JNI_OK && count == 1) (*jvm)->DestroyJavaVM(jvm);
    return NULL;
}

static void write_key(const tasker_options *options) {
    struct boot *boot = calloc(1, sizeof *boot);
    char path[PATH_BYTES];
    if (boot == NULL) exit(1);
    boot->options = options;
    if (!find_runtime(boot) || !find_jvm(boot) || !make_key(boot)) exit(1);
    FILE *file = path_of(path, sizeof path, "%s/tasker.aot.key", boot->runtime) ? fopen(path, "we") : NULL;
    if (file == NULL || fputs(boot->key, file) < 0 || fclose(file) != 0) {
        fprintf(stderr, "tasker-train: %s cannot be written\n", path);
        exit(1);
    }
}

int main(int count, char **words) {
    char cache[PATH_BYTES];
    char output[2 * PATH_BYTES];
    char key[PATH_BYTES];
    const char *database = getenv("TASKER_TRAIN_DATABASE_URL");
    if (count != 2 || database == NULL) {
        fputs("usage: TASKER_TRAIN_DATABASE_URL=URL tasker-train RUNTIME_FOLDER\n", stderr);
        return 2;
    }
    if (strchr(words[1], ' ') != NULL || strpbrk(database, "\"\\") != NULL
        || !path_of(cache, sizeof cache, "%s/tasker.aot", words[1])
        || !path_of(key, sizeof key, "%s/tasker.aot.key", words[1])) {
        fputs("tasker-train: the folder has a blank in its name, or an argument is too long\n", stderr);
        return 2;
    }
    unlink(key);
    unlink(cache);
    path_of(output, sizeof output, "-XX:AOTCacheOutput=%s", cache);
    tasker_options options = {
        .struct_size = sizeof options, .abi_version = TASKER_ABI_VERSION, .runtime = words[1], .jvm_options = output};
    tasker_buffer error;
    check(tasker_init(&options, &error), "init", &error);
    exercise(database);
    void *library = RTLD_DEFAULT;
    pthread_t thread;
    if (pthread_create(&thread, NULL, end_jvm, library) != 0 || pthread_join(thread, NULL) != 0) return 1;
    if (!exists(cache)) {
        fprintf(stderr, "tasker-train: the JVM has not written %s\n", cache);
        return 1;
    }
    write_key(&options);
    return 0;
}

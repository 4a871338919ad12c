/*
 * Finds the JVM and the runtime folder of this process, and starts the one with the other.
 */
#define _GNU_SOURCE
#include "library.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAP_DEFAULT_MB = 256, JAVA_VERSION_LEAST = 25 };

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

/* Whether the release file of a JDK does not tell of one that is too old. */
static bool is_new_enough(const char *home) {
    char path[PATH_BYTES];
    char line[256];
    bool is_old = false;
    FILE *release = path_of(path, sizeof path, "%s/release", home) ? fopen(path, "re") : NULL;
    if (release == NULL) return true;
    while (fgets(line, sizeof line, release) != NULL) {
        int major;
        if (sscanf(line, "JAVA_VERSION=\"%d", &major) == 1) is_old = major < JAVA_VERSION_LEAST;
    }
    fclose(release);
    return !is_old;
}

static bool is_jvm(struct boot *boot, const char *home) {
    char library[PATH_BYTES];
    if (home == NULL || *home == '\0') return false;
    if (!path_of(library, sizeof library, "%s/lib/server/libjvm.so", home) || !exists(library)) return false;
    if (!is_new_enough(home)) return false;
    memcpy(boot->library, library, sizeof library);
    return path_of(boot->java_home, sizeof boot->java_home, "%s", home);
}

/* A JDK in one of the usual folders; the last one by name. */
static int by_name(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int is_jdk_name(const struct dirent *entry) {
    return entry->d_name[0] != '.'
           && (strstr(entry->d_name, "jdk") != NULL || strstr(entry->d_name, "java") != NULL
               || strstr(entry->d_name, "temurin") != NULL);
}

static bool is_usual_jvm(struct boot *boot, const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_jdk_name, by_name);
    bool is_found = false;
    for (int i = count - 1; i >= 0; i--) {
        char home[PATH_BYTES];
        is_found = is_found
                   || (path_of(home, sizeof home, "%s/%s", folder, entries[i]->d_name) && is_jvm(boot, home));
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return is_found;
}

static bool find_runtime(struct boot *boot) {
    const char *named = boot->options->runtime != NULL ? boot->options->runtime : getenv("TASKER_RUNTIME");
    if (named != NULL && *named != '\0') return path_of(boot->runtime, sizeof boot->runtime, "%s", named);
    Dl_info info;
    if (dladdr(java_methods, &info) == 0 || info.dli_fname == NULL) return false;
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

/* Of a file without its folder, which may be moved. */
static void add_to_key(FILE *key, const char *folder, const char *name) {
    char path[PATH_BYTES];
    struct stat info;
    if (path_of(path, sizeof path, "%s/%s", folder, name) && stat(path, &info) == 0) {
        fprintf(key, "%s %lld %lld\n", name, (long long)info.st_size, (long long)info.st_mtime);
    } else {
        fprintf(key, "%s is missing\n", name);
    }
}

/*
 * What a start-up cache is made of: this release, and size and time of the JVM and of all jars. Code of the cache runs
 * instead of that of the jars, so that one that was made of others must not be used.
 */
static bool make_key(struct boot *boot) {
    size_t length = 0;
    struct dirent **jars = NULL;
    char folder[PATH_BYTES];
    if (!path_of(folder, sizeof folder, "%s/lib", boot->runtime)) return false;
    int count = scandir(folder, &jars, is_jar, by_name);
    FILE *key = count < 0 ? NULL : open_memstream(&boot->key, &length);
    if (key != NULL) {
        fprintf(key, "tasker %s, ABI %u\n", TASKER_VERSION, TASKER_ABI_VERSION);
        add_to_key(key, boot->java_home, "lib/server/libjvm.so");
        add_to_key(key, boot->java_home, "lib/modules");
    }
    for (int i = 0; i < count; i++) {
        if (key != NULL) add_to_key(key, folder, jars[i]->d_name);
        free(jars[i]);
    }
    if (count >= 0) free(jars);
    return key != NULL && fclose(key) == 0;
}

/* Whether the start-up cache was made of what is here. */
static bool is_cache_good(struct boot *boot) {
    char path[PATH_BYTES];
    if (!make_key(boot)) return false;
    FILE *file = path_of(path, sizeof path, "%s/tasker.aot.key", boot->runtime) ? fopen(path, "re") : NULL;
    if (file == NULL) return false;
    const char *expected = boot->key;
    int c;
    while ((c = getc(file)) != EOF && *expected != '\0' && *expected == (char)c) expected++;
    fclose(file);
    return c == EOF && *expected == '\0';
}

enum { OPTIONS_MAX = 64 };

/* Gives the number of options, or -1 for too many. */
static int fill_options(struct boot *boot, JavaVMOption *options, char *heap, char *aot, char *log, char *more) {
    /* A small heap to begin with: by itself it has a 64th of the machine, and fills that before it frees anything. */
    static char *const fixed[] = {
        "-Xrs", "-XX:+UseSerialGC", "-Xms16m", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Dfile.encoding=UTF-8",
        "-Djava.awt.headless=true", "-Xlog:disable", "-Xlog:all=warning:stderr"};
    int count = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) options[count++].optionString = fixed[i];
    options[count++].optionString = boot->class_path;
    options[count++].optionString = heap;
    if (*log != '\0') options[count++].optionString = log;
    if (*aot != '\0') {
        options[count++].optionString = aot;
        options[count++].optionString = "-Xlog:aot*=off:stderr";
        options[count++].optionString = "-Xlog:cds*=off:stderr";
    }
    char *rest = NULL;
    for (char *word = strtok_r(more, " \t\n", &rest); word != NULL; word = strtok_r(NULL, " \t\n", &rest)) {
        size_t length = strlen(word);
        /* A second collector would keep the JVM from starting. */
        if (strncmp(word, "-XX:+Use", 8) == 0 && strcmp(word + length - 2, "GC") == 0) continue;
        if (count == OPTIONS_MAX) return -1;
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
    jclass queues = (*env)->FindClass(env, "dev/tasker/embedding/NativeQueues");
    if (queues == NULL || (*env)->RegisterNatives(env, queues, java_methods, JAVA_METHODS) != JNI_OK) {
        return describe_exception(env, boot);
    }
    jclass boot_class = (*env)->FindClass(env, "dev/tasker/embedding/Boot");
    jmethodID start = boot_class == NULL ? NULL : (*env)->GetStaticMethodID(env, boot_class, "start", "(I)V");
    if (start == NULL) return describe_exception(env, boot);
    (*env)->CallStaticVoidMethod(env, boot_class, start, (jint)TASKER_ABI_VERSION);
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
    uint32_t megabytes = boot->options->heap_max_mb == 0 ? HEAP_DEFAULT_MB : boot->options->heap_max_mb;
    snprintf(heap, sizeof heap, "-Xmx%um", megabytes);
    const char *wanted = boot->options->jvm_options == NULL ? "" : boot->options->jvm_options;
    /* Whoever names a cache means that one. */
    if (strstr(wanted, "-XX:AOT") == NULL && is_cache_good(boot)
        && !path_of(aot, sizeof aot, "-XX:AOTCache=%s/tasker.aot", boot->runtime)) {
        *aot = '\0';
    }
    if (boot->options->log_file != NULL && !path_of(log, sizeof log, "-Dtasker.log_file=%s", boot->options->log_file)) {
        boot->status = fail(boot->error, TASKER_INVALID, "ARGUMENT_INVALID", "the path of log_file is too long");
        return NULL;
    }
    char *more = strdup(wanted);
    if (more == NULL) {
        boot->status = TASKER_NOMEM;
        return NULL;
    }
    JavaVMOption options[OPTIONS_MAX] = {0};
    int count = fill_options(boot, options, heap, aot, log, more);
    if (count < 0) {
        boot->status = fail(boot->error, TASKER_INVALID, "ARGUMENT_INVALID", "jvm_options has too many words");
        free(more);
        return NULL;
    }
    JavaVMInitArgs arguments = {.version = JNI_VERSION_21, .nOptions = count, .options = options};
    JavaVM *jvm = NULL;
    JNIEnv *env = NULL;
    boot->is_tried = true;
    jint code = create(&jvm, (void **)&env, &arguments);
    if (code != JNI_OK) {
        boot->status = fail(boot->error, TASKER_JVM, "JVM_NOT_STARTED",
                            "the JVM in %s did not start (JNI error %d); its options: %s %s", boot->java_home,
                            (int)code, heap, wanted);
    } else {
        boot->status = boot_java(env, boot);
        (*jvm)->DetachCurrentThread(jvm);
    }
    free(more);
    return NULL;
}

/* Threads of the library leave the program's signals to the program. */
static int run_blocking_signals(struct boot *boot) {
    /*
     * What the JVM takes, and can do without: its own threads block SIGPIPE, and it starts no processes. With another
     * action for SIGCHLD the program would not hear of its children's end.
     */
    static const int kept[] = {SIGCHLD, SIGPIPE, SIGXFSZ};
    enum { KEPT = sizeof kept / sizeof *kept };
    struct sigaction actions[KEPT];
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    for (int i = 0; i < KEPT; i++) sigaction(kept[i], NULL, &actions[i]);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_t thread;
    int code = pthread_create(&thread, NULL, start_jvm, boot);
    if (code == 0) pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (int i = 0; i < KEPT; i++) sigaction(kept[i], &actions[i], NULL);
    if (code != 0) return fail(boot->error, TASKER_NOMEM, "NO_THREAD", "no thread could be started: %s", strerror(code));
    return boot->status;
}

int jvm_start(struct boot *boot) {
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
                    "the JDKs of /usr/lib/jvm and /opt; install a JDK of version %d or newer, or name one",
                    boot->options->java_home == NULL ? "(no java_home)" : boot->options->java_home, boot->runtime,
                    getenv("TASKER_JAVA_HOME") == NULL ? "not set" : getenv("TASKER_JAVA_HOME"),
                    getenv("JAVA_HOME") == NULL ? "not set" : getenv("JAVA_HOME"), JAVA_VERSION_LEAST);
    }
    /* The JVM would take SIGUSR2 for itself, with which some servers restart. */
    setenv("_JAVA_SR_SIGNUM", "50", 0);
    return run_blocking_signals(boot);
}

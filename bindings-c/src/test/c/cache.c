/*
 * Which start-up cache is used. Includes the library, to ask it without starting a JVM.
 *
 *   cache EMPTY_FOLDER
 */
#include "jvm.c"

#include <utime.h>

#define EXPECT(claim)                                                              \
    do {                                                                           \
        if (!(claim)) {                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim);    \
            exit(1);                                                               \
        }                                                                          \
    } while (0)

static const char *folder;

static void write_file(const char *name, const char *text) {
    char path[PATH_BYTES];
    EXPECT(path_of(path, sizeof path, "%s/%s", folder, name));
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    struct utimbuf times = {.actime = 1000000000, .modtime = 1000000000};
    EXPECT(utime(path, &times) == 0);
}

static void make_folder(const char *name) {
    char path[PATH_BYTES];
    EXPECT(path_of(path, sizeof path, "%s/%s", folder, name) && mkdir(path, 0700) == 0);
}

static bool is_used(void) {
    static tasker_options options;
    char home[PATH_BYTES];
    EXPECT(path_of(home, sizeof home, "%s/jvm", folder));
    options = (tasker_options){.runtime = folder, .java_home = home};
    struct boot *boot = calloc(1, sizeof *boot);
    EXPECT(boot != NULL);
    boot->options = &options;
    EXPECT(find_runtime(boot) && find_jvm(boot));
    bool is_good = is_cache_good(boot);
    free(boot->key);
    free(boot);
    return is_good;
}

/* As the trainer does. */
static void train(void) {
    static tasker_options options;
    char home[PATH_BYTES];
    EXPECT(path_of(home, sizeof home, "%s/jvm", folder));
    options = (tasker_options){.runtime = folder, .java_home = home};
    struct boot *boot = calloc(1, sizeof *boot);
    EXPECT(boot != NULL);
    boot->options = &options;
    EXPECT(find_runtime(boot) && find_jvm(boot) && make_key(boot));
    write_file("tasker.aot.key", boot->key);
    free(boot->key);
    free(boot);
}

int main(int count, char **words) {
    EXPECT(count == 2);
    folder = words[1];
    make_folder("lib");
    make_folder("jvm");
    make_folder("jvm/lib");
    make_folder("jvm/lib/server");
    write_file("jvm/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"25.0.1\"\n");
    write_file("jvm/lib/server/libjvm.so", "jvm");
    write_file("jvm/lib/modules", "modules");
    write_file("lib/a.jar", "a");
    write_file("lib/b.jar", "b");
    EXPECT(!is_used());
    train();
    EXPECT(is_used());

    write_file("lib/b.jar", "longer");
    EXPECT(!is_used());
    write_file("lib/b.jar", "b");
    EXPECT(is_used());

    char path[PATH_BYTES];
    EXPECT(path_of(path, sizeof path, "%s/lib/b.jar", folder));
    struct utimbuf later = {.actime = 1000000000, .modtime = 1000000001};
    EXPECT(utime(path, &later) == 0 && !is_used());
    write_file("lib/b.jar", "b");
    EXPECT(is_used());

    write_file("lib/c.jar", "one more");
    EXPECT(!is_used());
    train();
    EXPECT(is_used());
    EXPECT(unlink(path) == 0 && !is_used());
    write_file("lib/b.jar", "b");
    write_file("jvm/lib/modules", "of another build");
    EXPECT(!is_used());
    train();
    write_file("tasker.aot.key", "tasker ");
    EXPECT(!is_used());
    write_file("tasker.aot.key", "");
    EXPECT(!is_used());

    /* A JDK that is too old is passed over. */
    static struct boot old;
    char home[PATH_BYTES];
    EXPECT(path_of(home, sizeof home, "%s/jvm", folder) && is_jvm(&old, home));
    write_file("jvm/release", "JAVA_VERSION=\"21.0.25\"\n");
    EXPECT(!is_jvm(&old, home));
    puts("cache: as it should be");
    return 0;
}

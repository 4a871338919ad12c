/*
 * What the sources of libtasker share: tasker.c, which the program and Java meet, and jvm.c, which starts the JVM.
 * Nothing of it is exported: the library is compiled with hidden visibility.
 */
#ifndef TASKER_LIBRARY_H
#define TASKER_LIBRARY_H

#include "tasker.h"

#include <jni.h>
#include <stdbool.h>

#ifndef TASKER_VERSION
#define TASKER_VERSION "development"
#endif

enum { PATH_BYTES = 4096, JAVA_METHODS = 4 };

/* The native methods of dev.tasker.embedding.NativeQueues. */
extern const JNINativeMethod java_methods[JAVA_METHODS];

/* A start of the JVM. */
struct boot {
    const tasker_options *options;
    char runtime[PATH_BYTES];
    char java_home[PATH_BYTES];
    char library[PATH_BYTES];
    char *class_path;
    char *key; /* what a start-up cache must have been made of */
    bool is_tried; /* JNI_CreateJavaVM was called */
    int status;
    tasker_buffer *error;
};

/*
 * Gives the status, with an error of this library as JSON. What is not plain in the message is replaced: paths may hold
 * anything.
 */
int fail(tasker_buffer *error, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Starts the JVM and the Java side, on a thread of its own. Gives a status. */
int jvm_start(struct boot *boot);

#endif

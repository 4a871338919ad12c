/// Tests of `libtasker`: C programs, compiled here, on a real PostgreSQL.
package dev.tasker.embedding;

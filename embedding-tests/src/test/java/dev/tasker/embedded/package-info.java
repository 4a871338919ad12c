/// The engine inside other runtimes, as their users have it: `bin/embedding-tests` runs these tests.
package dev.tasker.embedded;

package dev.tasker.event;

import java.util.Set;

/// Takes events. One at a time, in the order in which they were published, on a thread that is not the engine's.
public interface Subscriber {
    /// Names it in logs and statistics; a durable subscriber's position is kept under it.
    default String name() {
        return getClass().getName();
    }

    /// Exact names, `step.*`, or `*`.
    Set<String> events();

    /// What it throws is logged. It never fails a workflow; of a durable subscriber the same event comes again.
    void accept(LifecycleEvent event) throws Exception;
}

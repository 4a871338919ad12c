package dev.tasker.error;

/// Every error that Tasker reports, by name. Names are stable: they stand in JSON output, in stored step errors
/// and in the C ABI. Codes are only ever added.
public enum ErrorCode {
    TEMPLATE_NOT_FOUND(Kind.NOT_FOUND),
    TEMPLATE_UNREADABLE(Kind.INVALID),
    TEMPLATE_SYNTAX(Kind.INVALID),
    TEMPLATE_INVALID(Kind.INVALID),
    TEMPLATE_UNKNOWN_KEY(Kind.INVALID),
    TEMPLATE_HAS_CYCLE(Kind.INVALID),
    TEMPLATE_UNKNOWN_DEPENDENCY(Kind.INVALID),
    TEMPLATE_DUPLICATE_STEP(Kind.INVALID),
    TEMPLATE_IN_USE(Kind.CONFLICT),

    INPUT_NOT_JSON(Kind.INVALID),
    REQUEST_INVALID(Kind.INVALID),
    CONTEXT_INVALID(Kind.INVALID),
    BYPASS_REFUSED(Kind.INVALID),
    /// A hook of the template's task handler failed, or answered with what cannot be; `details` has its error.
    TASK_HANDLER_FAILED(Kind.INVALID),
    IDEMPOTENCY_KEY_MISSING(Kind.INVALID),
    IDENTITY_STRATEGY_UNKNOWN(Kind.INVALID),
    OPTION_INVALID(Kind.INVALID),
    /// A filter of a query that cannot be.
    QUERY_INVALID(Kind.INVALID),
    /// A text that is no cursor, or the cursor of another kind of query.
    CURSOR_INVALID(Kind.INVALID),
    /// A retention that is no positive time, or a retention date that is not in the past.
    RETENTION_INVALID(Kind.INVALID),
    /// A batch or a load of archiving that cannot be.
    ARCHIVE_PLAN_INVALID(Kind.INVALID),

    CONFIG_UNREADABLE(Kind.INVALID),
    CONFIG_SYNTAX(Kind.INVALID),
    CONFIG_INVALID(Kind.INVALID),
    CONFIG_UNKNOWN_KEY(Kind.INVALID),

    TASK_NOT_FOUND(Kind.NOT_FOUND),
    STEP_NOT_FOUND(Kind.NOT_FOUND),
    TASK_DUPLICATE(Kind.CONFLICT),
    /// The task is in a state that does not allow the action.
    TASK_STATE_CONFLICT(Kind.CONFLICT),
    /// The step, or its task, is in a state that does not allow the action.
    STEP_STATE_CONFLICT(Kind.CONFLICT),
    /// Too many tasks are unfinished; `details` has `retry_after_seconds`.
    BACKLOG_FULL(Kind.UNAVAILABLE),

    HANDLER_FILE_MISSING(Kind.INVALID),
    HANDLER_SYNTAX_ERROR(Kind.INVALID),
    HANDLER_LOAD_FAILED(Kind.INVALID),
    HANDLER_CLASS_MISSING(Kind.INVALID),
    HANDLER_NOT_A_STEP_HANDLER(Kind.INVALID),
    HANDLER_DUPLICATE(Kind.INVALID),
    /// `process` of the handler does not take what the engine gives.
    HANDLER_SIGNATURE_INVALID(Kind.INVALID),
    /// What the handler's class declares of itself makes no sense.
    HANDLER_DECLARATION_INVALID(Kind.INVALID),
    RUNTIME_UNAVAILABLE(Kind.INVALID),

    /// The name, the payload or the definition of a custom event.
    EVENT_INVALID(Kind.INVALID),
    /// A custom event with the name of one of Tasker's own.
    EVENT_RESERVED(Kind.CONFLICT),
    EVENT_NOT_FOUND(Kind.NOT_FOUND),
    SUBSCRIPTION_INVALID(Kind.INVALID),
    SUBSCRIBER_CLASS_MISSING(Kind.INVALID),
    REGISTRATION_INVALID(Kind.INVALID),
    REGISTRATION_DUPLICATE(Kind.CONFLICT),
    REGISTRATION_NOT_FOUND(Kind.NOT_FOUND),

    DATABASE_UNAVAILABLE(Kind.UNAVAILABLE),
    CONTENT_REFUSED(Kind.INVALID),
    SCHEMA_OUT_OF_DATE(Kind.UNAVAILABLE),
    SCHEMA_TOO_NEW(Kind.UNAVAILABLE),
    /// The disk of the database has less room than an operation will take.
    DISK_SPACE_LOW(Kind.UNAVAILABLE),
    /// A benchmark was about to run where somebody else has templates or tasks.
    DATABASE_HAS_FOREIGN_DATA(Kind.CONFLICT),

    /// The handler returned something that is not JSON-like.
    RESULT_NOT_JSON(Kind.STEP),
    /// The handler returned more than the limit, or nested too deep.
    RESULT_TOO_LARGE(Kind.STEP),
    /// The handler asked for results of a step that does not come before its own.
    STEP_NOT_AN_ANCESTOR(Kind.STEP),
    /// The handler asked for a file outside the template's data folder, or one that is not there.
    DATA_FILE_UNAVAILABLE(Kind.STEP),
    /// The handler ran longer than the step's timeout.
    STEP_TIMEOUT(Kind.STEP),
    /// The handler was stopped, because the engine stops or because its task has failed.
    STEP_CANCELLED(Kind.STEP),
    /// The handler's language runtime broke under it; another attempt gets a fresh one.
    HANDLER_CRASHED(Kind.STEP),
    /// The handler used up the memory that the process has for all of them.
    MEMORY_EXHAUSTED(Kind.STEP),
    /// The step's inputs do not fit the schema that the handler declares.
    INPUTS_INVALID(Kind.STEP),
    /// What the handler returned does not fit the schema that it declares.
    RESULT_INVALID(Kind.STEP),
    /// A heartbeat carried something that is not JSON-like, or too large.
    CHECKPOINT_INVALID(Kind.STEP),
    /// The handler asked for an HTTP call that cannot be made.
    HTTP_REQUEST_INVALID(Kind.STEP),
    /// The handler called the host directly, and in a way that makes no sense.
    HOST_CALL_INVALID(Kind.STEP),
    /// The handler class defines no `process`.
    PROCESS_MISSING(Kind.STEP),
    /// An API handler defines no `call`.
    CALL_MISSING(Kind.STEP),
    /// `call` of an API handler gave something that is no response.
    RESPONSE_MISSING(Kind.STEP),
    /// The handler returned a promise that nothing can settle any more.
    PROMISE_NEVER_SETTLED(Kind.STEP),
    /// A key of the step's `handler_config` is missing or makes no sense.
    HANDLER_CONFIG_INVALID(Kind.STEP),
    /// An API answered with a larger body than the handler takes.
    RESPONSE_TOO_LARGE(Kind.STEP),
    /// An API called its answer JSON, and it is not.
    RESPONSE_NOT_JSON(Kind.STEP),
    /// The worker that ran the step stopped renewing its lease.
    LEASE_EXPIRED(Kind.STEP),

    INTERNAL(Kind.INTERNAL);

    /// What the caller can do about it; front ends map this to exit codes and HTTP statuses.
    public enum Kind {
        /// The input is wrong: correct it.
        INVALID,
        /// It does not exist.
        NOT_FOUND,
        /// It exists in another form or state.
        CONFLICT,
        /// The database cannot be used now, or takes no more tasks for the moment: try again later.
        UNAVAILABLE,
        /// The outcome of one step, not of a call.
        STEP,
        /// A bug of Tasker.
        INTERNAL
    }

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}

package dev.tasker.identity;

import java.util.Optional;

/// Names a handler across processes: `<runtime>:<handler_class>`, for example `ruby:Orders::ChargePayment`.
///
/// A worker claims only steps whose key it has registered.
public record HandlerKey(HandlerRuntime runtime, String handlerClass) {
    public HandlerKey {
        if (handlerClass.isBlank()) {
            throw new IllegalArgumentException("the class of a handler key must not be blank");
        }
    }

    /// Reads `<runtime>:<handler_class>`; empty where it has another form or an unknown runtime.
    public static Optional<HandlerKey> parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0 || text.substring(colon + 1).isBlank()) {
            return Optional.empty();
        }
        return HandlerRuntime.named(text.substring(0, colon))
                .map(runtime -> new HandlerKey(runtime, text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return runtime.key() + ":" + handlerClass;
    }
}

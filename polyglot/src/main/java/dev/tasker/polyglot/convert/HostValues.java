package dev.tasker.polyglot.convert;

import dev.tasker.polyglot.context.GuestLanguage;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.Proxy;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

/// Shows JSON-like Java values to the guest of one context, read-only.
///
/// JavaScript and Python get faces over maps and lists, so that what is not touched is not copied. Ruby gets a flat
/// form that its prelude turns into frozen hashes and arrays, field by field: over a foreign map most of `Hash` is
/// missing there. For the context's thread.
public final class HostValues {
    private static final BigInteger SAFE_MAX = BigInteger.valueOf((1L << 53) - 1);

    private final GuestLanguage language;
    private final Value toInteger;
    /// In Python a null of the host equals None but is another object, which json and copy refuse.
    private final @Nullable Value none;

    public HostValues(GuestLanguage language, Context context) {
        this.language = language;
        this.toInteger = context.eval(
                language.id(),
                switch (language) {
                    case JAVASCRIPT -> "(digits) => BigInt(digits)";
                    case PYTHON -> "int";
                    case RUBY -> "->(digits) { digits.to_s.to_i }";
                });
        this.none = language == GuestLanguage.PYTHON
                ? context.eval(language.id(), "lambda: None").execute()
                : null;
    }

    /// A value that came from [#show] and is given back by the guest.
    record Shown(@Nullable Object value) {}

    static Optional<Shown> unwrap(Value value) {
        if (value.isNull()) {
            return Optional.of(new Shown(null));
        }
        if (value.isProxyObject() && value.asProxyObject() instanceof Face face) {
            return Optional.of(new Shown(face.shown()));
        }
        return Optional.empty();
    }

    /// The guest's form of a value.
    ///
    /// @throws IllegalArgumentException for what is not JSON-like
    public @Nullable Object show(@Nullable Object value) {
        return language == GuestLanguage.RUBY ? new FlatWriter().add(value).toProxy() : face(value);
    }

    /// A record whose fields the guest reads one by one.
    public Object showFields(Map<String, ? extends @Nullable Object> fields) {
        if (language == GuestLanguage.RUBY) {
            return (ProxyExecutable) names -> show(fields.get(names[0].asString()));
        }
        return Objects.requireNonNull(face(fields));
    }

    @Nullable
    Object face(@Nullable Object value) {
        return switch (value) {
            case null -> none;
            case Map<?, ?> map ->
                language == GuestLanguage.JAVASCRIPT ? new ObjectFace(map, this) : new MapFace(map, this);
            case List<?> list -> new ListFace(list, this);
            case BigInteger number -> integer(number);
            case Long number -> integer(BigInteger.valueOf(number));
            case BigDecimal number -> number.doubleValue();
            case Instant instant -> instant.toString();
            case String _, Boolean _, Integer _, Short _, Byte _, Double _, Float _ -> value;
            default -> throw new IllegalArgumentException("not JSON-like: " + value.getClass());
        };
    }

    // JavaScript would round what is beyond its safe integers, and no guest has integers of any size from the host.
    private Object integer(BigInteger number) {
        boolean isSmall = language == GuestLanguage.JAVASCRIPT
                ? number.abs().compareTo(SAFE_MAX) <= 0
                : number.bitLength() < Long.SIZE;
        return isSmall ? (Object) number.longValue() : toInteger.execute(number.toString());
    }

    /// A proxy that knows what it shows.
    interface Face extends Proxy {
        Object shown();
    }
}

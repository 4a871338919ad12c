package dev.tasker.execution.http;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.PermanentError;
import dev.tasker.json.Json;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an API answered. Immutable.
public final class ApiResponse {
    private static final Pattern CHARSET = Pattern.compile("charset=\"?([A-Za-z0-9._:-]+)", Pattern.CASE_INSENSITIVE);
    /// What is worth keeping; above all not `Set-Cookie`.
    private static final List<String> KEPT_HEADERS = List.of(
            "content-type",
            "date",
            "etag",
            "last-modified",
            "location",
            "request-id",
            "retry-after",
            "x-correlation-id",
            "x-request-id");

    private final String method;
    private final URI url;
    private final int status;
    private final HttpHeaders headers;
    private final BoundedBody.Content content;

    ApiResponse(String method, URI url, int status, HttpHeaders headers, BoundedBody.Content content) {
        this.method = method;
        this.url = url;
        this.status = status;
        this.headers = headers;
        this.content = content;
    }

    /// Where it came from: after redirects, the last URL.
    public URI url() {
        return url;
    }

    public int status() {
        return status;
    }

    /// The value of a header, whatever the case of its name.
    public Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    /// All headers, by their names in lower case; several values of one name are joined with commas.
    public Map<String, String> headers() {
        Map<String, String> all = new TreeMap<>();
        headers.map().forEach((name, values) -> all.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
        return all;
    }

    /// The body as text, in the charset that the server names, else UTF-8; cut at `response_bytes_max`.
    public String text() {
        return content.text(charset());
    }

    /// The body: JSON as values, other text as it is, null where it is empty.
    ///
    /// @throws PermanentError RESPONSE_NOT_JSON: it says that it is JSON, and is not; or RESPONSE_TOO_LARGE
    public @Nullable Object body() {
        if (content.isTruncated()) {
            throw new PermanentError(
                    description() + ": the body is longer than response_bytes_max, which is " + content.length(),
                    ErrorCode.RESPONSE_TOO_LARGE.name(),
                    Map.of("response_status", status));
        }
        if (content.length() == 0) {
            return null;
        }
        return isJson() ? json() : text();
    }

    /// `{status, headers, body}`, with those headers that are worth keeping.
    public Map<String, @Nullable Object> toResults() {
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        results.put("status", status);
        results.put("headers", keptHeaders());
        results.put("body", body());
        return results;
    }

    Map<String, String> keptHeaders() {
        Map<String, String> kept = new LinkedHashMap<>();
        KEPT_HEADERS.forEach(name -> header(name).ifPresent(value -> kept.put(name, value)));
        return kept;
    }

    /// For messages; holds nothing of the request but method and address.
    String description() {
        return method + " " + ApiUrl.withoutSecrets(url) + ": status " + status;
    }

    private boolean isJson() {
        String type = header("content-type").orElse("").toLowerCase(Locale.ROOT);
        int end = type.indexOf(';');
        String media = (end < 0 ? type : type.substring(0, end)).strip();
        return media.endsWith("/json") || media.endsWith("+json");
    }

    private @Nullable Object json() {
        try {
            return Json.parse(text(), "response");
        } catch (InvalidRequestException problem) {
            throw new PermanentError(
                    description() + ": " + problem.getMessage(),
                    ErrorCode.RESPONSE_NOT_JSON.name(),
                    Map.of("response_status", status));
        }
    }

    private Charset charset() {
        Matcher matcher = CHARSET.matcher(header("content-type").orElse(""));
        try {
            return matcher.find() ? Charset.forName(matcher.group(1)) : StandardCharsets.UTF_8;
        } catch (IllegalArgumentException _) {
            return StandardCharsets.UTF_8;
        }
    }
}

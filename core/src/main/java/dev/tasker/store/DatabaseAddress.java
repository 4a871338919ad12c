package dev.tasker.store;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where a PostgreSQL is and who logs in.
///
/// @param jdbcUrl  without user and password
/// @param user     empty: the driver's default, the name of the operating system's user
/// @param password empty: none, or `~/.pgpass`
public record DatabaseAddress(String jdbcUrl, Optional<String> user, Optional<String> password) {
    /// The environment variable that names a database.
    public static final String VARIABLE = "TASKER_DATABASE_URL";

    private static final String JDBC = "jdbc:";
    private static final String JDBC_PREFIX = "jdbc:postgresql:";
    private static final List<String> SCHEMES = List.of("postgresql", "postgres");
    /// What libpq calls by another name than the JDBC driver.
    private static final Map<String, String> PARAMETER_NAMES =
            Map.of("connect_timeout", "connectTimeout", "application_name", "ApplicationName");

    /// Reads `postgresql://user:password@host:port/database?parameters` or the `jdbc:postgresql:` form.
    ///
    /// @throws InvalidRequestException OPTION_INVALID; the message holds no password
    public static DatabaseAddress parse(String text) {
        String url = text.strip();
        if (url.startsWith(JDBC_PREFIX)) {
            return ofJdbc(url);
        }
        try {
            URI uri = new URI(url);
            String scheme = Optional.ofNullable(uri.getScheme()).orElse("").toLowerCase(Locale.ROOT);
            if (!SCHEMES.contains(scheme) || (uri.getRawAuthority() == null && !url.contains(":///"))) {
                throw invalid("it starts with neither postgresql:// nor jdbc:postgresql:");
            }
            return ofUri(uri);
        } catch (URISyntaxException problem) {
            // The reason only: the problem's message would repeat the whole input, with its password.
            throw invalid(problem.getReason() + " at character " + (problem.getIndex() + 1)
                    + " (special characters in user and password are written as %40 and so on)");
        }
    }

    /// For messages: the URL as it was understood, without the password.
    @Override
    public String toString() {
        String plain = jdbcUrl.substring(JDBC.length());
        int query = plain.indexOf('?');
        String address = query < 0 ? plain : plain.substring(0, query);
        return address + user.map(name -> " as user " + name).orElse("");
    }

    private static DatabaseAddress ofUri(URI uri) {
        String authority = Optional.ofNullable(uri.getRawAuthority()).orElse("");
        int at = authority.lastIndexOf('@');
        String login = at < 0 ? "" : authority.substring(0, at);
        String hosts = at < 0 ? authority : authority.substring(at + 1);
        int colon = login.indexOf(':');
        String user = colon < 0 ? login : login.substring(0, colon);
        String database = Optional.ofNullable(uri.getRawPath()).orElse("").replaceFirst("^/", "");
        Parameters parameters = Parameters.parse(uri.getRawQuery());
        String jdbc = JDBC_PREFIX + "//" + (hosts.isEmpty() ? "localhost" : hosts) + "/" + database;
        return new DatabaseAddress(
                jdbc + parameters.query(),
                present(decode(user)).or(parameters::user),
                colon < 0 ? parameters.password() : present(decode(login.substring(colon + 1))));
    }

    private static DatabaseAddress ofJdbc(String url) {
        int query = url.indexOf('?');
        if (query < 0) {
            return new DatabaseAddress(url, Optional.empty(), Optional.empty());
        }
        Parameters parameters = Parameters.parse(url.substring(query + 1));
        return new DatabaseAddress(
                url.substring(0, query) + parameters.query(), parameters.user(), parameters.password());
    }

    private static Optional<String> present(String text) {
        return Optional.of(text).filter(value -> !value.isEmpty());
    }

    private static String decode(String text) {
        // URLDecoder reads a plus sign as a blank, which holds for forms, not here.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    static InvalidRequestException unusable(IllegalArgumentException problem) {
        return invalid(String.valueOf(problem.getMessage()));
    }

    private static InvalidRequestException invalid(String reason) {
        return new InvalidRequestException(
                ErrorCode.OPTION_INVALID,
                "cannot read the database URL: " + reason + "\n  Forms: postgresql://user:password@host:port/database"
                        + " or jdbc:postgresql://host:port/database?user=...&password=...",
                Map.of("option", "--database-url"));
    }

    /// The parameters behind the question mark; user and password are taken out of the URL, so that no message
    /// shows them.
    private record Parameters(List<String> others, Optional<String> user, Optional<String> password) {
        static Parameters parse(@Nullable String query) {
            List<String> others = new ArrayList<>();
            Optional<String> user = Optional.empty();
            Optional<String> password = Optional.empty();
            for (String part : Optional.ofNullable(query).orElse("").split("&", -1)) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                String value = equals < 0 ? "" : decode(part.substring(equals + 1));
                switch (name) {
                    case "" -> {}
                    case "user" -> user = present(value);
                    case "password" -> password = present(value);
                    default ->
                        others.add(PARAMETER_NAMES.getOrDefault(name, name) + "="
                                + URLEncoder.encode(value, StandardCharsets.UTF_8));
                }
            }
            return new Parameters(List.copyOf(others), user, password);
        }

        String query() {
            return others.isEmpty() ? "" : others.stream().collect(Collectors.joining("&", "?", ""));
        }
    }
}

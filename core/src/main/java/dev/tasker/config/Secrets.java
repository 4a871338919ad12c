package dev.tasker.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Takes passwords out of what is shown.
final class Secrets {
    private static final String MASK = "****";
    private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_]*password=)[^&]*", Pattern.CASE_INSENSITIVE);

    private Secrets() {}

    /// The URL with `****` in place of each password. Where the URL is ambiguous, rather too much is hidden.
    static String withoutPassword(String url) {
        Matcher parameters = PARAMETER.matcher(withoutLogin(url));
        return parameters.replaceAll("$1" + Matcher.quoteReplacement(MASK));
    }

    private static String withoutLogin(String url) {
        int start = url.indexOf("//");
        int query = url.indexOf('?');
        int at = url.lastIndexOf('@', query < 0 ? url.length() : query);
        if (at < 0) {
            // A password with an unescaped question mark.
            at = url.lastIndexOf('@');
        }
        int colon = url.indexOf(':', start + 2);
        return start < 0 || colon < 0 || at < colon ? url : url.substring(0, colon + 1) + MASK + url.substring(at);
    }
}

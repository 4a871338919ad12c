package dev.tasker.config;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidConfigurationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// One thing that is wrong with what was given.
record Problem(ErrorCode code, Source source, String path, String reason) {
    /// An option's own complaint keeps the code that all options have.
    static Problem badValue(Source source, String path, String reason) {
        return new Problem(
                source instanceof Source.Option ? ErrorCode.OPTION_INVALID : ErrorCode.CONFIG_INVALID,
                source,
                path,
                reason);
    }

    static Problem unknownKey(Source source, String path, String reason) {
        return new Problem(ErrorCode.CONFIG_UNKNOWN_KEY, source, path, reason);
    }

    InvalidConfigurationException toException() {
        return toException(List.of(this));
    }

    /// One exception for all of them, with the first one's code.
    static InvalidConfigurationException toException(List<Problem> problems) {
        Problem first = problems.getFirst();
        Map<String, Object> details = new LinkedHashMap<>();
        if (first.source instanceof Source.Option option) {
            details.put("option", option.name());
        } else {
            details.put("source", first.source.toString());
        }
        details.put("key", first.path);
        details.put("problems", problems.stream().map(Problem::toString).toList());
        return new InvalidConfigurationException(
                first.code, problems.stream().map(Problem::toString).collect(Collectors.joining("\n")), details);
    }

    @Override
    public String toString() {
        // `--lease` names its key already; `--set` and the others do not.
        return source instanceof Source.Option option && !option.name().equals(SettingsReader.SET_OPTION)
                ? source + ": " + reason
                : source + ": " + path + ": " + reason;
    }
}

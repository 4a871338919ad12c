package dev.tasker.benchmarks.polyglot;

import com.fasterxml.jackson.annotation.JsonProperty;

/// The memory of a process with warm contexts, compiled; medians of all rounds.
///
/// @param language `all`: the three guests together
/// @param contexts of each language
/// @param residentMib garbage included
/// @param heapMib  what of it is live in the JVM's heap
record MemoryResult(
        @JsonProperty("language") String language,
        @JsonProperty("contexts") int contexts,
        @JsonProperty("rss_mb") double residentMib,
        @JsonProperty("live_heap_mb") double heapMib) {
    static final String ALL = "all";
}

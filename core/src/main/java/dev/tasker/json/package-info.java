/// JSON as plain Java values: null, Boolean, String, numbers, List, and Map with String keys.
///
/// Used wherever data crosses a border: templates, requests, results, the database, guest languages. Read [Json]
/// first.
@NullMarked
package dev.tasker.json;

import org.jspecify.annotations.NullMarked;

package dev.tasker.polyglot.convert;

import java.util.Iterator;
import java.util.Map;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyHashMap;
import org.graalvm.polyglot.proxy.ProxyIterator;
import org.jspecify.annotations.Nullable;

/// A map as a read-only Python dict.
record MapFace(Map<?, ?> shown, HostValues values) implements ProxyHashMap, HostValues.Face {
    @Override
    public long getHashSize() {
        return shown.size();
    }

    @Override
    public boolean hasHashEntry(Value key) {
        return key.isString() && shown.containsKey(key.asString());
    }

    @Override
    public @Nullable Object getHashValue(Value key) {
        return values.face(shown.get(key.asString()));
    }

    @Override
    public void putHashEntry(Value key, Value value) {
        throw new UnsupportedOperationException("the data of tasks and steps is read-only");
    }

    @Override
    public Object getHashEntriesIterator() {
        Iterator<? extends Map.Entry<?, ?>> entries = shown.entrySet().iterator();
        return new ProxyIterator() {
            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public Object getNext() {
                Map.Entry<?, ?> entry = entries.next();
                return ProxyArray.fromArray(entry.getKey(), values.face(entry.getValue()));
            }
        };
    }

    /// Without the data, which may be secret and large: guests put it into messages.
    @Override
    public String toString() {
        return "a map of the task's data, read-only";
    }
}

package dev.tasker.polyglot.convert;

import java.util.ArrayList;
import java.util.Map;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyObject;
import org.jspecify.annotations.Nullable;

/// A map as a read-only JavaScript object.
record ObjectFace(Map<?, ?> shown, HostValues values) implements ProxyObject, HostValues.Face {
    @Override
    public @Nullable Object getMember(String key) {
        return values.face(shown.get(key));
    }

    @Override
    public Object getMemberKeys() {
        return ProxyArray.fromList(new ArrayList<>(shown.keySet()));
    }

    @Override
    public boolean hasMember(String key) {
        return shown.containsKey(key);
    }

    @Override
    public void putMember(String key, Value value) {
        throw new UnsupportedOperationException("the data of tasks and steps is read-only");
    }

    /// Without the data, which may be secret and large: guests put it into messages.
    @Override
    public String toString() {
        return "an object of the task's data, read-only";
    }
}

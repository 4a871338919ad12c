package dev.tasker.polyglot.convert;

import java.util.List;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.jspecify.annotations.Nullable;

/// A list as a read-only guest array.
record ListFace(List<?> shown, HostValues values) implements ProxyArray, HostValues.Face {
    @Override
    public @Nullable Object get(long index) {
        if (index < 0 || index >= shown.size()) {
            // The only one that becomes an error of the guest's own.
            throw new ArrayIndexOutOfBoundsException();
        }
        return values.face(shown.get((int) index));
    }

    @Override
    public void set(long index, Value value) {
        throw new UnsupportedOperationException("the data of tasks and steps is read-only");
    }

    @Override
    public long getSize() {
        return shown.size();
    }

    /// Without the data, which may be secret and large: guests put it into messages.
    @Override
    public String toString() {
        return "a list of the task's data, read-only";
    }
}

package dev.tasker.runtime;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// The name of this machine, for people who look at the list of workers.
final class HostName {
    private HostName() {}

    static String get() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}

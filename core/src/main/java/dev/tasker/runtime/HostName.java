package dev.tasker.runtime;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// The name of this machine, for people who look at the list of workers or at the audit trail.
public final class HostName {
    private HostName() {}

    public static String get() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}

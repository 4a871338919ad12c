package dev.tasker.embedded;

import java.util.List;
import java.util.Map;

/// The Express app: Node with BullMQ.
class ExpressAppTest extends AppTest {
    ExpressAppTest() {
        super("examples-js", "express-app", "bullmq");
    }

    @Override
    Map<String, String> prepare() throws Exception {
        Installed.node();
        Installed.program("npm", "npm");
        return Map.of();
    }

    @Override
    List<Integer> exitCodes() {
        return List.of(0, 0);
    }
}

package dev.tasker.embedded;

import java.util.List;
import java.util.Map;

/// The Rails app: Puma with two forked processes, and Sidekiq.
class RailsAppTest extends AppTest {
    private static final int ENDED_BY_SIGTERM = 143;

    RailsAppTest() {
        super("examples-ruby", "rails-app", "sidekiq");
    }

    @Override
    Map<String, String> prepare() throws Exception {
        String ruby = Installed.program("ruby", "ruby");
        Installed.program("bundle", "bundler");
        for (String gem : List.of("ffi", "rails", "sidekiq", "puma")) {
            Installed.check(
                    "the gem " + gem + " (Debian: ruby-rails ruby-sidekiq puma ruby-ffi)", ruby, "-r" + gem, "-e", "0");
        }
        return Map.of();
    }

    /// Puma raises SIGTERM again when it has stopped.
    @Override
    List<Integer> exitCodes() {
        return List.of(ENDED_BY_SIGTERM, 0);
    }
}

package dev.tasker.testing.example;

import dev.tasker.error.RetryableError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.util.HashMap;
import java.util.Map;

public class ChargePayment extends StepHandler {
    private final Gateway gateway;

    public ChargePayment(Gateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public Object process(Task task, Sequence sequence, Step step) {
        return Map.of("charge_id", gateway.charge(task.correlationId()));
    }

    /// Stands for the client of a payment service: a key that it knows is not charged again.
    public static class Gateway {
        private final Map<String, Integer> charges = new HashMap<>();
        public boolean down;

        int charge(String key) {
            if (down) {
                throw new RetryableError("gateway down");
            }
            return charges.computeIfAbsent(key, _ -> charges.size() + 1);
        }

        public int charges() {
            return charges.size();
        }
    }
}

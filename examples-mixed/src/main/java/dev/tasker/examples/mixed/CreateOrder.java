package dev.tasker.examples.mixed;

import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Brings cart, stock and payment together into the order.
public final class CreateOrder extends StepHandler {
    @Override
    public Map<String, @Nullable Object> process(Task task, Sequence sequence, Step step) {
        JsonRow context = new JsonRow(task.context());
        JsonRow cart = JsonRow.of(sequence.resultsOf("validate_cart"));
        JsonRow inventory = JsonRow.of(sequence.resultsOf("reserve_inventory"));
        JsonRow payment = JsonRow.of(sequence.resultsOf("charge_payment"));
        String orderReference = context.text("order_reference");
        List<Parcel> parcels = parcels(inventory, cart.row("shipping").whole("transit_days"));

        Map<String, @Nullable Object> order = new LinkedHashMap<>();
        order.put("order_number", ReferenceNumber.of("ORD", orderReference, payment.text("payment_id")));
        order.put("order_reference", orderReference);
        order.put("status", "confirmed");
        order.put("customer_id", context.row("customer").text("id"));
        order.put("payment_id", payment.text("payment_id"));
        order.put("currency", cart.text("currency"));
        order.put("lines", lines(cart, inventory));
        order.put("parcels", parcels.stream().map(Parcel::toJson).toList());
        order.put(
                "delivered_in_days",
                parcels.stream().mapToLong(Parcel::arrivesInDays).max().orElseThrow());
        order.put("subtotal_cents", cart.whole("subtotal_cents"));
        order.put("discount_cents", cart.row("discount").whole("cents"));
        order.put("shipping_cents", cart.row("shipping").whole("cents"));
        order.put("tax_cents", cart.whole("tax_cents"));
        order.put("total_cents", cart.whole("total_cents"));
        return order;
    }

    private static List<Map<String, Object>> lines(JsonRow cart, JsonRow inventory) {
        List<JsonRow> reservations = inventory.rows("reservations");
        return cart.rows("lines").stream().map(line -> line(line, reservations)).toList();
    }

    private static Map<String, Object> line(JsonRow line, List<JsonRow> reservations) {
        long number = line.whole("line");
        List<String> warehouses = reservations.stream()
                .filter(reservation -> reservation.whole("line") == number)
                .map(reservation -> reservation.text("warehouse"))
                .toList();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("line", number);
        json.put("sku", line.text("sku"));
        json.put("name", line.text("name"));
        json.put("quantity", line.whole("quantity"));
        json.put("amount_cents", Math.addExact(line.whole("net_cents"), line.whole("tax_cents")));
        json.put("warehouses", warehouses);
        return json;
    }

    private static List<Parcel> parcels(JsonRow inventory, long transitDays) {
        List<Parcel> parcels = new ArrayList<>();
        for (JsonRow parcel : inventory.rows("parcels")) {
            parcels.add(new Parcel(
                    parcels.size() + 1,
                    parcel.text("warehouse"),
                    parcel.whole("units"),
                    parcel.whole("weight_grams"),
                    parcel.whole("handling_days") + transitDays));
        }
        return parcels;
    }

    private record Parcel(int number, String warehouse, long units, long weightGrams, long arrivesInDays) {
        Map<String, Object> toJson() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("parcel", number);
            json.put("warehouse", warehouse);
            json.put("units", units);
            json.put("weight_grams", weightGrams);
            json.put("arrives_in_days", arrivesInDays);
            return json;
        }
    }
}

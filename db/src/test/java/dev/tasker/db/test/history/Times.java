package dev.tasker.db.test.history;

import java.time.LocalDate;

/// Times as PostgreSQL reads them.
final class Times {
    private static final long DAY = 86_400_000;
    private static final String[] TWO = digits(100, 2);
    private static final String[] THREE = digits(1_000, 3);

    private Times() {}

    static String text(long millis) {
        StringBuilder text = new StringBuilder(29);
        append(text, millis);
        return text.toString();
    }

    /// Appends a time; a million of these are needed per second, which is more than `Instant` prints.
    static void append(StringBuilder text, long millis) {
        long day = Math.floorDiv(millis, DAY);
        int rest = (int) Math.floorMod(millis, DAY);
        LocalDate date = LocalDate.ofEpochDay(day);
        text.append(date.getYear())
                .append('-')
                .append(TWO[date.getMonthValue()])
                .append('-')
                .append(TWO[date.getDayOfMonth()])
                .append('T')
                .append(TWO[rest / 3_600_000])
                .append(':')
                .append(TWO[rest / 60_000 % 60])
                .append(':')
                .append(TWO[rest / 1_000 % 60])
                .append('.')
                .append(THREE[rest % 1_000])
                .append("+00:00");
    }

    private static String[] digits(int count, int width) {
        String[] texts = new String[count];
        for (int number = 0; number < count; number++) {
            texts[number] = ("%0" + width + "d").formatted(number);
        }
        return texts;
    }
}

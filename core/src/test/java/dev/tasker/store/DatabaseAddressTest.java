package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.InvalidRequestException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {
    @ParameterizedTest
    @CsvSource({
        "postgresql://ann:secret@db.example.com:5433/shop, jdbc:postgresql://db.example.com:5433/shop, ann, secret",
        "postgres://ann@localhost/shop, jdbc:postgresql://localhost/shop, ann, ''",
        "postgresql://localhost/shop, jdbc:postgresql://localhost/shop, '', ''",
        "postgresql:///shop, jdbc:postgresql://localhost/shop, '', ''",
        "postgresql://a%40b:p%3Aq%2Fr+s@h/d, jdbc:postgresql://h/d, a@b, p:q/r+s",
        "'postgresql://h1:1,h2:2/d', 'jdbc:postgresql://h1:1,h2:2/d', '', ''",
        "postgresql://[::1]:5432/d, jdbc:postgresql://[::1]:5432/d, '', ''",
        "jdbc:postgresql://h:1/d?user=ann&password=secret, jdbc:postgresql://h:1/d, ann, secret",
        "postgresql://h/d?sslmode=require&connect_timeout=3,"
                + " jdbc:postgresql://h/d?sslmode=require&connectTimeout=3, '', ''",
    })
    void bothFormsAreUnderstood(String text, String jdbcUrl, String user, String password) {
        DatabaseAddress address = DatabaseAddress.parse(text);

        assertThat(address)
                .isEqualTo(new DatabaseAddress(
                        jdbcUrl,
                        Optional.of(user).filter(name -> !name.isEmpty()),
                        Optional.of(password).filter(word -> !word.isEmpty())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://ann:secret@h/d",
                "localhost:5432/secret",
                "postgresql:secret",
                "postgresql://ann:sec ret@h/d",
                ""
            })
    void otherFormsAreRefusedWithoutRepeatingThePassword(String text) {
        assertThatThrownBy(() -> DatabaseAddress.parse(text))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("Forms: postgresql://")
                .hasMessageNotContainingAny("secret", "sec ret");
    }

    @Test
    void messagesShowTheUserButNeverThePassword() {
        DatabaseAddress address = DatabaseAddress.parse("postgresql://ann:secret@h:1/d?sslmode=require");

        assertThat(address).hasToString("postgresql://h:1/d as user ann");
    }
}

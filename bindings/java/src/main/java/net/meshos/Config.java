package net.meshos;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The configuration of an SDK: {@code new Config().set("tick_interval_ms", 100)}. The keys, their defaults and what they
 * mean stand in {@code net_meshos_ext.h}, at {@code net_meshos_ext_sdk_start}. The library checks them.
 */
public final class Config {
    private final Map<String, String> values = new LinkedHashMap<>();

    /** All defaults. */
    public Config() {
    }

    /**
     * Sets a key to a number.
     *
     * @param key the key
     * @param value the number; unsigned
     * @return this
     */
    public Config set(String key, long value) {
        values.put(key, Long.toUnsignedString(value));
        return this;
    }

    /**
     * Sets a key to a text.
     *
     * @param key the key
     * @param value the text
     * @return this
     */
    public Config set(String key, String value) {
        values.put(key, Json.quote(value));
        return this;
    }

    /**
     * Sets a key to a boolean.
     *
     * @param key the key
     * @param value the value
     * @return this
     */
    public Config set(String key, boolean value) {
        values.put(key, Boolean.toString(value));
        return this;
    }

    /**
     * Sets a key to an object: {@code set("mesh", new Config().set("servers", List.of("nats://127.0.0.1:4222")))}.
     *
     * @param key the key
     * @param value the object, as it is now
     * @return this
     */
    public Config set(String key, Config value) {
        values.put(key, value.toString());
        return this;
    }

    /**
     * Sets a key to an array.
     *
     * @param key the key
     * @param value the array: of texts, whole numbers, booleans, lists and objects
     * @return this
     * @throws IllegalArgumentException if it has something else
     */
    public Config set(String key, List<?> value) {
        values.put(key, json(key, value));
        return this;
    }

    private static String json(String key, Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(each -> json(key, each)).collect(Collectors.joining(",", "[", "]"));
        }
        if (value instanceof String text) {
            return Json.quote(text);
        }
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return Long.toUnsignedString(((Number) value).longValue());
        }
        if (value instanceof Boolean || value instanceof BigInteger || value instanceof Config) {
            return value.toString();
        }
        throw new IllegalArgumentException("\"" + key + "\" has in its list what a configuration can't have: " + value);
    }

    /** The JSON object that the library reads. */
    @Override
    public String toString() {
        return values.entrySet().stream().map(e -> Json.quote(e.getKey()) + ":" + e.getValue())
            .collect(Collectors.joining(",", "{", "}"));
    }
}

package net.meshos;

import java.util.List;

/** Writes the little JSON that calls take. */
final class Json {
    private Json() {
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    static String array(List<String> texts) {
        return texts.stream().map(Json::quote).collect(java.util.stream.Collectors.joining(",", "[", "]"));
    }
}

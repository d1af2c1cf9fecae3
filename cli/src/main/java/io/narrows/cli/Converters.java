package io.narrows.cli;

import io.narrows.cli.load.Rate;
import io.narrows.s3server.LatencyModel;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Turns option texts into values; a text that makes no sense is reported with what to write instead. */
public final class Converters {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m|h)?");

    private Converters() {}

    public static CommandLine register(CommandLine commandLine) {
        return commandLine
                .registerConverter(Duration.class, explained(Converters::duration))
                .registerConverter(Rate.class, explained(Rate::parse))
                .registerConverter(ByteSize.class, explained(ByteSize::parse))
                .registerConverter(LatencyModel.class, explained(LatencyModel::parse));
    }

    private static <T> ITypeConverter<T> explained(Function<String, T> parser) {
        return text -> {
            try {
                return parser.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        };
    }

    /** {@code 20s}, {@code 2m}, {@code 500ms}; a bare number is seconds. */
    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a time: write 20s, 2m or 500ms");
        }
        long value = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "s" : matcher.group(2);
        return switch (unit) {
            case "ms" -> Duration.ofMillis(value);
            case "m" -> Duration.ofMinutes(value);
            case "h" -> Duration.ofHours(value);
            default -> Duration.ofSeconds(value);
        };
    }
}

package io.narrows.broker.log;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A log directory that stock Kafka refuses to open. It holds an empty directory whose name is not that of a partition, at
 * which a stock log manager stops the broker with an error that shows the name; for ours it is invisible. So no operator can
 * start an older or a stock broker over logs with links by mistake. Used like the {@link File} it is.
 */
final class GuardedLogDir extends File {
    /** Has no dash, as every partition's directory has, and is the sentence that the operator gets to see. */
    static final String GUARD = "NARROWS.LOGS.HOLD.LINKS.DO.NOT.OPEN.WITH.STOCK.KAFKA";

    private static final long serialVersionUID = 1L;

    GuardedLogDir(File dir) {
        super(dir.getAbsolutePath());
    }

    /** Puts the guard there before the first log is opened. */
    void guard() throws IOException {
        Files.createDirectories(toPath().resolve(GUARD));
    }

    @Override
    @SuppressWarnings("NullableProblems")
    public File @Nullable [] listFiles() {
        File[] all = super.listFiles();
        return all == null
                ? null
                : Arrays.stream(all)
                        .filter(file -> !file.getName().equals(GUARD))
                        .toArray(File[]::new);
    }
}

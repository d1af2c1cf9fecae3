package io.narrows.relay.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;

/** Credentials that are at hand: no method waits for anything, so signers on event loops may ask. Thread-safe. */
abstract class StoreCredentials implements AwsCredentialsProvider, AutoCloseable {
    /** Null while there are none that are valid; then {@link #missing} says why. */
    abstract @Nullable AwsCredentials current();

    /** Why there are none. */
    abstract ObjectStoreException missing();

    /** Done, never exceptionally, when it is known whether there are credentials, or the limit of time for that is over. */
    abstract CompletableFuture<Void> first();

    @Override
    public abstract void close();

    @Override
    public final AwsCredentials resolveCredentials() {
        AwsCredentials now = current();
        if (now == null) {
            throw missing();
        }
        return now;
    }

    @Override
    public final CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
        AwsCredentials now = current();
        return now == null ? CompletableFuture.failedFuture(missing()) : CompletableFuture.completedFuture(now);
    }

    /** A key from the configuration, with its session token if it has one. */
    static StoreCredentials fixed(S3Settings.Credentials key) {
        String token = key.sessionToken();
        AwsCredentials credentials = token == null
                ? AwsBasicCredentials.create(key.accessKey(), key.secretKey())
                : AwsSessionCredentials.create(key.accessKey(), key.secretKey(), token);
        return new Fixed(credentials);
    }

    private static final class Fixed extends StoreCredentials {
        private final AwsCredentials credentials;

        Fixed(AwsCredentials credentials) {
            this.credentials = credentials;
        }

        @Override
        AwsCredentials current() {
            return credentials;
        }

        @Override
        ObjectStoreException missing() {
            throw new IllegalStateException("invariant violated: a configured key is missing");
        }

        @Override
        CompletableFuture<Void> first() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void close() {}
    }
}

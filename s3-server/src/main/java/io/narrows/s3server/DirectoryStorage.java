package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps objects in files: one directory per bucket, one file per object, named by its percent-encoded key. Bytes arrive
 * in a file below {@code .incoming}, which is moved into place when complete, so a crash leaves no part of an object; what
 * is in {@code .incoming} at the start is removed. No fsync: this server is for development, tests and demonstrations.
 * Entity tags change when the server restarts. Files are written on the event loop: they go to the page cache.
 */
final class DirectoryStorage extends ObjectStorage {
    private static final String INCOMING = ".incoming";
    /** File systems allow 255 bytes in a name; longer keys continue in a directory, whose name ends with {@code +}. */
    private static final int NAME_LENGTH = 200;

    private final Path root;
    private final AtomicLong versions = new AtomicLong();

    DirectoryStorage(Path root) throws IOException {
        this.root = root;
        Path incoming = Files.createDirectories(root.resolve(INCOMING));
        for (Path rest : children(incoming)) {
            Files.delete(rest);
        }
        for (Path bucket : children(root)) {
            if (!bucket.equals(incoming) && Files.isDirectory(bucket)) {
                load(bucket);
            }
        }
    }

    @Override
    void createBucket(String name) {
        super.createBucket(name);
        try {
            Path unused = Files.createDirectories(root.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    Upload begin(String bucket, String key, long size) {
        Path target = root.resolve(bucket);
        String name = URLEncoder.encode(key, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace(".", "%2E");
        while (name.length() > NAME_LENGTH) {
            target = target.resolve(name.substring(0, NAME_LENGTH) + "+");
            name = name.substring(NAME_LENGTH);
        }
        return new FileUpload(bucket, key, target.resolve(name));
    }

    @Override
    synchronized void delete(String bucket, String key) {
        super.delete(bucket, key);
    }

    private void load(Path bucket) throws IOException {
        String bucketName = bucket.getFileName().toString();
        super.createBucket(bucketName);
        Deque<Path> directories = new ArrayDeque<>(List.of(bucket));
        while (!directories.isEmpty()) {
            for (Path path : children(directories.pop())) {
                if (Files.isDirectory(path)) {
                    directories.push(path);
                    continue;
                }
                String name = bucket.relativize(path)
                        .toString()
                        .replace("+" + path.getFileSystem().getSeparator(), "");
                String key = URLDecoder.decode(name, StandardCharsets.UTF_8);
                publish(bucketName, key, inFile(path), Condition.NONE);
            }
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        }
    }

    private InFile inFile(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        long modifiedMs = attributes.lastModifiedTime().toMillis();
        String etag = "\"" + Long.toHexString(versions.incrementAndGet()) + "-" + Long.toHexString(modifiedMs) + "\"";
        return new InFile(path, new Attributes(attributes.size(), modifiedMs, etag));
    }

    private final class FileUpload implements Upload {
        private final String bucket;
        private final String key;
        private final Path target;
        private final Path incoming = root.resolve(INCOMING).resolve(Long.toString(versions.incrementAndGet()));
        private @Nullable FileChannel channel;

        FileUpload(String bucket, String key, Path target) {
            this.bucket = bucket;
            this.key = key;
            this.target = target;
            try {
                this.channel = FileChannel.open(incoming, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void write(ByteBuf part) {
            try {
                int position = part.readerIndex();
                while (channel != null && position < part.writerIndex()) {
                    position += part.getBytes(position, channel, part.writerIndex() - position);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String commit(Condition condition) {
            try {
                closeChannel();
                Path unused = Files.createDirectories(target.getParent());
                // One lock for all moves: the index and the directory change together.
                synchronized (DirectoryStorage.this) {
                    StoredObject before = objects(bucket).get(key);
                    if (!condition.holds(before)) {
                        Files.delete(incoming);
                        throw new S3Failure(S3Error.PRECONDITION_FAILED, "the condition on " + key + " does not hold");
                    }
                    Path moved = Files.move(incoming, target, StandardCopyOption.REPLACE_EXISTING);
                    InFile object = inFile(moved);
                    objects(bucket).put(key, object);
                    return object.etag();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void abort() {
            if (channel == null) {
                return;
            }
            try {
                closeChannel();
                boolean unused = Files.deleteIfExists(incoming);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void closeChannel() throws IOException {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        }
    }

    private record Attributes(long size, long modifiedMs, String etag) {}

    private static final class InFile implements StoredObject {
        private final Path path;
        private final Attributes attributes;

        InFile(Path path, Attributes attributes) {
            this.path = path;
            this.attributes = attributes;
        }

        @Override
        public long size() {
            return attributes.size();
        }

        @Override
        public long modifiedMs() {
            return attributes.modifiedMs();
        }

        @Override
        public String etag() {
            return attributes.etag();
        }

        @Override
        public @Nullable Object content(long position, int length) {
            try {
                return new DefaultFileRegion(FileChannel.open(path, StandardOpenOption.READ), position, length);
            } catch (NoSuchFileException e) {
                return null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void discard() {
            try {
                boolean unused = Files.deleteIfExists(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

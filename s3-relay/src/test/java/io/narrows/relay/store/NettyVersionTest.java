package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.util.VersionInfo;

/** One Netty for everything: the version that the AWS SDK was built with, which it names in its parent POM. */
final class NettyVersionTest {
    private static final Pattern NETTY = Pattern.compile("<netty\\.version>([^<]+)</netty\\.version>");

    @Test
    void nettyOnTheClassPathIsTheOneTheAwsSdkWasBuiltWith() throws IOException {
        Path pom = Path.of("target", "aws-sdk", "aws-sdk-java-pom-" + VersionInfo.SDK_VERSION + ".pom");
        Matcher netty = NETTY.matcher(Files.readString(pom));

        assertThat(netty.find()).isTrue();
        assertThat(Version.identify().values())
                .isNotEmpty()
                .allMatch(version -> version.artifactVersion().equals(netty.group(1)));
    }
}

package io.narrows.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this build, from the jar it runs from. */
final class BuildVersion {
    private static final String RESOURCE = "/META-INF/maven/io.narrows/zone-proxy/pom.properties";
    private static final String NOT_PACKAGED = "dev";

    private BuildVersion() {}

    static String current() {
        try (InputStream in = BuildVersion.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                return NOT_PACKAGED;
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", NOT_PACKAGED);
        } catch (IOException e) {
            return NOT_PACKAGED;
        }
    }
}

package io.narrows.proxy.admin;

/** Lets tests of other packages ask the catalog. */
public final class CatalogProbe {
    private CatalogProbe() {}

    public static boolean knows(String metric) {
        return MetricCatalog.knows(metric);
    }
}

package io.narrows.relay.price;

import io.narrows.relay.price.PriceBook.Store;
import io.narrows.relay.price.PriceBook.Transfer;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A price book as its file says it, with all storage classes. Everything is checked when it is read, also the classes
 * that were not asked for; each error names the key and says what to write.
 */
record PriceBookYaml(String name, Dated<Transfer> transfer, Map<String, Dated<Store>> stores) {
    /** Stands for the class that the file names first. */
    static final String FIRST_CLASS = "";

    private static final Set<String> KEYS = Set.of("cloud", "region", "transfer", "nat", "stores");

    /** Prices with the day and the page they are from. */
    record Dated<T>(LocalDate asOf, String source, T prices) {}

    static PriceBookYaml parse(String name, String text) {
        PriceSection root = PriceSection.root(name, document(name, text));
        root.allowOnly(KEYS);
        root.text("cloud");
        root.text("region");
        PriceSection transfer = root.section("transfer");
        transfer.allowOnly(withOrigin("outPerGb", "outPerGiB", "inPerGb", "inPerGiB"));
        PriceSection nat = root.section("nat");
        nat.allowOnly(withOrigin("perGb", "perGiB"));
        LocalDate asOf = earlier(transfer.date("asOf"), nat.date("asOf"));
        Map<String, Dated<Store>> stores = new LinkedHashMap<>();
        PriceSection all = root.section("stores");
        for (String storageClass : all.keys()) {
            stores.put(storageClass, store(all.section(storageClass)));
        }
        if (stores.isEmpty()) {
            throw new IllegalArgumentException(
                    "price book " + name + ": stores is empty: name at least one storage class, for example standard");
        }
        return new PriceBookYaml(
                name,
                new Dated<>(
                        asOf,
                        transfer.text("source") + " and " + nat.text("source"),
                        new Transfer(transfer.perGb("out"), transfer.perGb("in"), nat.perGb(""))),
                stores);
    }

    private static Dated<Store> store(PriceSection section) {
        section.allowOnly(withOrigin(
                "putPer1000",
                "getPer1000",
                "listPer1000",
                "storagePerGbMonth",
                "storagePerGiBMonth",
                "uploadPerGb",
                "uploadPerGiB",
                "retrievalPerGb",
                "retrievalPerGiB"));
        return new Dated<>(
                section.date("asOf"),
                section.text("source"),
                new Store(
                        section.dollars("putPer1000"),
                        section.dollars("getPer1000"),
                        section.dollars("listPer1000"),
                        section.perGbMonth("storage"),
                        section.perGbOrZero("upload"),
                        section.perGbOrZero("retrieval")));
    }

    private static Set<String> withOrigin(String... keys) {
        Set<String> all = new TreeSet<>(Set.of(keys));
        all.add("asOf");
        all.add("source");
        return all;
    }

    /** The book of one storage class. */
    PriceBook book(String storageClass) {
        Dated<Store> store =
                storageClass.equals(FIRST_CLASS) ? stores.values().iterator().next() : stores.get(storageClass);
        if (store == null) {
            throw new IllegalArgumentException("price book " + name + ": there is no storage class '" + storageClass
                    + "', use one of " + stores.keySet());
        }
        return new PriceBook(
                name,
                earlier(transfer.asOf(), store.asOf()),
                Stream.of(transfer.source(), store.source())
                        .reduce((a, b) -> a + " and " + b)
                        .orElseThrow(),
                transfer.prices(),
                store.prices());
    }

    private static LocalDate earlier(LocalDate a, LocalDate b) {
        return a.isBefore(b) ? a : b;
    }

    /** Plain maps, texts and numbers only: a price book cannot make the parser create anything else. */
    private static Object document(String name, String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(0);
        options.setNestingDepthLimit(5);
        try {
            Object document = new Yaml(new SafeConstructor(options)).load(text);
            return document == null ? Map.of() : document;
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            throw new IllegalArgumentException(
                    "price book " + name + " is not YAML, line " + line + ": " + e.getProblem(), e);
        } catch (YAMLException e) {
            throw new IllegalArgumentException("price book " + name + " is not YAML: " + e.getMessage(), e);
        }
    }
}

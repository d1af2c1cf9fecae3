package io.narrows.cli;

import picocli.CommandLine.Option;

/** At whose prices something is reckoned. */
public final class PricesOption {
    @Option(
            names = "--prices",
            paramLabel = "BOOK",
            defaultValue = "aws-us-east-1",
            description =
                    "Price book: aws-us-east-1, aws-us-east-1:express, aws-eu-central-1, gcp, azure or a YAML file"
                            + " (default ${DEFAULT-VALUE}).")
    private String prices = "aws-us-east-1";

    public String name() {
        return prices;
    }
}

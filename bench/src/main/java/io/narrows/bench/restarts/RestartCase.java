package io.narrows.bench.restarts;

/** What happens to brokers in the middle of a load. */
public enum RestartCase {
    CLEAN_RESTART("a broker is stopped (SIGTERM) and started again"),
    SIGKILL("a broker is killed and started again on its disk"),
    LOST_DISK("a broker is killed, its disk is emptied, it is started again"),
    ALL_DOWN("all brokers are killed, then all are started"),
    MOVE("replicas move from one zone to a broker in another that had none"),
    ROLLING("all brokers are stopped and started one after another, each when all replicas are in sync");

    private final String description;

    RestartCase(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }
}

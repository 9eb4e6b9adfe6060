package examples.orders;

import rocketrides.TransactionalLog;

/** Takes orders, and knows what was sold of each product and to whom. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        program().run(arguments);
    }

    static TransactionalLog program() {
        return TransactionalLog.program("orders")
                .description("Takes orders, and knows what was sold of each product and to whom.")
                .schema("/orders.sql")
                .consumer("revenue", new Revenue())
                .consumer("customers", new Customers())
                .routes(Orders::routes);
    }
}

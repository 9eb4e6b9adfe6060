-- For SchemaTest: the first statement is right, the second is not.
CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY);
CREATE TABLE order_lines (order_id bigint REFERENCES customers);

CREATE TABLE IF NOT EXISTS orders (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text NOT NULL
);

CREATE TABLE IF NOT EXISTS order_lines (
  order_id bigint NOT NULL REFERENCES orders,
  product  text   NOT NULL,
  quantity int    NOT NULL CHECK (quantity > 0),
  cents    bigint NOT NULL CHECK (cents >= 0)
);

-- the state of the consumer "revenue"
CREATE TABLE IF NOT EXISTS revenue (
  partition smallint NOT NULL,
  product   text     NOT NULL,
  cents     bigint   NOT NULL,
  PRIMARY KEY (partition, product)
);

-- the state of the consumer "customers"
CREATE TABLE IF NOT EXISTS customers (
  customer text   PRIMARY KEY,
  orders   bigint NOT NULL
);

-- The shop's whole memory. Money is in grosze.

CREATE TABLE IF NOT EXISTS stock (
	product   TEXT PRIMARY KEY,
	offered   INTEGER NOT NULL,           -- ever put on sale
	available INTEGER NOT NULL,           -- what the shop believes is left
	sold      INTEGER NOT NULL DEFAULT 0  -- what was really ordered
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS session (
	id    TEXT PRIMARY KEY,
	cart  INTEGER NOT NULL DEFAULT 1,     -- grows with each order: names the cart
	email TEXT NOT NULL DEFAULT ''        -- as last written at the checkout
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS cart_line (
	session TEXT NOT NULL,
	product TEXT NOT NULL,
	qty     INTEGER NOT NULL,
	PRIMARY KEY (session, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS orders (
	nr         INTEGER PRIMARY KEY AUTOINCREMENT,
	session    TEXT NOT NULL,
	cart       INTEGER NOT NULL,
	name       TEXT NOT NULL,
	email      TEXT NOT NULL,
	total      INTEGER NOT NULL,
	at_unix_ms INTEGER NOT NULL,
	paid       INTEGER NOT NULL DEFAULT 0,
	again      INTEGER NOT NULL           -- 1: this cart had been ordered before
) STRICT;
CREATE INDEX IF NOT EXISTS orders_of_session ON orders (session, cart);
CREATE INDEX IF NOT EXISTS orders_paid ON orders (paid);
CREATE INDEX IF NOT EXISTS orders_again ON orders (again) WHERE again = 1;

CREATE TABLE IF NOT EXISTS order_line (
	nr      INTEGER NOT NULL,
	product TEXT NOT NULL,
	qty     INTEGER NOT NULL,
	PRIMARY KEY (nr, product)
) STRICT, WITHOUT ROWID;

-- The payment provider's own book. The shop proper never reads it.
CREATE TABLE IF NOT EXISTS charge (
	id         INTEGER PRIMARY KEY,
	nr         INTEGER NOT NULL,
	email      TEXT NOT NULL,
	total      INTEGER NOT NULL,
	at_unix_ms INTEGER NOT NULL,
	confirmed  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS charge_confirmed ON charge (confirmed);

CREATE TABLE IF NOT EXISTS meta (
	key   TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Customers who signed in, at a shop that imitates another.
CREATE TABLE IF NOT EXISTS account (
	session TEXT PRIMARY KEY,
	email   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

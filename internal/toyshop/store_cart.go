package toyshop

import "database/sql"

// maxQty is the most of one article a cart holds.
const maxQty = 10

// A line is an article in a cart.
type line struct {
	product string
	qty     int
}

// A cart is what a session has chosen, and the e-mail address it last gave.
type cart struct {
	serial int // names this cart among those of its session
	email  string
	lines  []line // by product, alphabetically
}

func (c cart) products() []string {
	names := make([]string, len(c.lines))
	for i, l := range c.lines {
		names[i] = l.product
	}
	return names
}

func (c cart) pieces() int {
	n := 0
	for _, l := range c.lines {
		n += l.qty
	}
	return n
}

// addToCart puts qty of an article in the cart; beyond maxQty it stays there.
func (st *store) addToCart(session, product string, qty int) error {
	return st.inTx(func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO session (id) VALUES (?) ON CONFLICT DO NOTHING`, session); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO cart_line VALUES (?, ?, min(?3, ?4))
			ON CONFLICT DO UPDATE SET qty = min(qty + ?3, ?4)`, session, product, qty, maxQty)
		return err
	})
}

func (st *store) removeFromCart(session, product string) error {
	_, err := st.write.Exec(`DELETE FROM cart_line WHERE session = ? AND product = ?`, session, product)
	return err
}

// rememberEmail keeps the address a buyer wrote at the checkout.
func (st *store) rememberEmail(session, email string) error {
	_, err := st.write.Exec(`UPDATE session SET email = ? WHERE id = ?`, email, session)
	return err
}

// cart returns a session's cart; that of an unknown session is empty.
func (st *store) cart(session string) (cart, error) {
	if session == "" {
		return cart{}, nil
	}
	return readCart(st.read, session)
}

// querier is a database or a transaction in it.
type querier interface {
	QueryRow(string, ...any) *sql.Row
	Query(string, ...any) (*sql.Rows, error)
	Exec(string, ...any) (sql.Result, error)
}

func readCart(q querier, session string) (c cart, err error) {
	rows, err := q.Query(`SELECT s.cart, s.email, l.product, l.qty FROM session s
		LEFT JOIN cart_line l ON l.session = s.id WHERE s.id = ? ORDER BY l.product`, session)
	if err != nil {
		return cart{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var product sql.NullString
		var qty sql.NullInt64
		if err := rows.Scan(&c.serial, &c.email, &product, &qty); err != nil {
			return cart{}, err
		}
		if product.Valid {
			c.lines = append(c.lines, line{product.String, int(qty.Int64)})
		}
	}
	return c, rows.Err()
}

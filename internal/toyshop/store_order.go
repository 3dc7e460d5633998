package toyshop

import (
	"database/sql"
	"errors"
	"time"
)

// A buyer is what the checkout form asks for and the shop keeps.
type buyer struct {
	session, name, email string
}

// A booking is what became of an order.
type booking struct {
	nr      int    // the order's number; 0 when there was nothing to order
	total   int    // grosze
	again   bool   // the cart had been ordered already: nr is that order
	soldOut string // the article there is not enough of; nothing was booked
}

// errSoldOut rolls a transaction back.
var errSoldOut = errors.New("sold out")

// book turns the session's cart into an order: stock is taken, the order
// written and the cart emptied in one transaction. A second booking of the same
// cart finds it empty and returns the first one's order.
func (st *store) book(b buyer, price func(product string) int) (booking, error) {
	var got booking
	err := st.inTx(func(tx *sql.Tx) error {
		c, err := readCart(tx, b.session)
		if err != nil {
			return err
		}
		if len(c.lines) == 0 {
			got, err = lastOrder(tx, b.session)
			return err
		}
		for _, l := range c.lines {
			res, err := tx.Exec(`UPDATE stock SET available = available - ?1, sold = sold + ?1
				WHERE product = ?2 AND available >= ?1`, l.qty, l.product)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				got = booking{soldOut: l.product}
				return errSoldOut
			}
		}
		got, err = writeOrder(tx, b, c, price)
		return err
	})
	if errors.Is(err, errSoldOut) {
		err = nil
	}
	return got, err
}

// bookRacy is book as too many shops have it: the same steps, each on its own,
// with a gap between looking and writing. Two buyers can both see the last
// piece, and two clicks can both see the cart.
func (st *store) bookRacy(b buyer, price func(product string) int, gap time.Duration) (booking, error) {
	c, err := readCart(st.read, b.session)
	if err != nil {
		return booking{}, err
	}
	if len(c.lines) == 0 {
		return lastOrder(st.read, b.session)
	}
	seen := make([]int, len(c.lines))
	for i, l := range c.lines {
		if seen[i], err = st.available(l.product); err != nil {
			return booking{}, err
		}
		if seen[i] < l.qty {
			return booking{soldOut: l.product}, nil
		}
	}
	time.Sleep(gap)
	for i, l := range c.lines {
		_, err := st.write.Exec(`UPDATE stock SET available = ?, sold = sold + ? WHERE product = ?`, seen[i]-l.qty, l.qty, l.product)
		if err != nil {
			return booking{}, err
		}
	}
	return writeOrder(st.write, b, c, price)
}

func writeOrder(q querier, b buyer, c cart, price func(string) int) (booking, error) {
	total := 0
	for _, l := range c.lines {
		total += l.qty * price(l.product)
	}
	res, err := q.Exec(`INSERT INTO orders (session, cart, name, email, total, at_unix_ms, again)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, EXISTS (SELECT 1 FROM orders WHERE session = ?1 AND cart = ?2))`,
		b.session, c.serial, b.name, b.email, total, time.Now().UnixMilli())
	if err != nil {
		return booking{}, err
	}
	nr, err := res.LastInsertId()
	if err != nil {
		return booking{}, err
	}
	for _, l := range c.lines {
		if _, err := q.Exec(`INSERT INTO order_line VALUES (?, ?, ?)`, nr, l.product, l.qty); err != nil {
			return booking{}, err
		}
	}
	if _, err := q.Exec(`DELETE FROM cart_line WHERE session = ?`, b.session); err != nil {
		return booking{}, err
	}
	_, err = q.Exec(`UPDATE session SET cart = ? WHERE id = ?`, c.serial+1, b.session)
	return booking{nr: int(nr), total: total}, err
}

// lastOrder is the session's latest order as a booking made again, or nothing.
func lastOrder(q querier, session string) (booking, error) {
	got := booking{again: true}
	err := q.QueryRow(`SELECT nr, total FROM orders WHERE session = ? ORDER BY nr DESC LIMIT 1`, session).Scan(&got.nr, &got.total)
	if errors.Is(err, sql.ErrNoRows) {
		return booking{}, nil
	}
	return got, err
}

// An order is what its buyer may see of it.
type order struct {
	nr, total int
	email     string
	paid      bool
}

// order returns order nr if it is the session's own, else the zero order.
func (st *store) order(nr int, session string) (order, error) {
	o := order{nr: nr}
	err := st.read.QueryRow(`SELECT total, email, paid FROM orders WHERE nr = ? AND session = ?`, nr, session).Scan(&o.total, &o.email, &o.paid)
	if errors.Is(err, sql.ErrNoRows) {
		return order{}, nil
	}
	return o, err
}

// markPaid reports whether there is such an order. Doing it again changes nothing.
func (st *store) markPaid(nr int) (bool, error) {
	res, err := st.write.Exec(`UPDATE orders SET paid = 1 WHERE nr = ?`, nr)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// totals are the numbers of [Stats] that the database knows.
type totals struct {
	orders, paid, oversold, doubleBooked, charges, confirmed int
}

func (st *store) totals() (t totals, err error) {
	err = st.read.QueryRow(`SELECT
		(SELECT COUNT(*) FROM orders),
		(SELECT COUNT(*) FROM orders WHERE paid = 1),
		(SELECT COALESCE(SUM(MAX(0, sold - offered)), 0) FROM stock),
		(SELECT COUNT(*) FROM orders WHERE again = 1),
		(SELECT COUNT(*) FROM charge),
		(SELECT COUNT(*) FROM charge WHERE confirmed = 1)`).
		Scan(&t.orders, &t.paid, &t.oversold, &t.doubleBooked, &t.charges, &t.confirmed)
	return t, err
}

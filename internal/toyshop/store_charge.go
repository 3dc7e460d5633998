package toyshop

// A charge is money taken from a buyer: a line in the payment provider's book.
type charge struct {
	id       int64
	order    int
	email    string
	total    int // grosze
	atUnixMS int64
}

// recordCharge writes the charge down and returns its id.
func (st *store) recordCharge(c charge) (int64, error) {
	res, err := st.write.Exec(`INSERT INTO charge (nr, email, total, at_unix_ms) VALUES (?, ?, ?, ?)`, c.order, c.email, c.total, c.atUnixMS)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// confirmCharge notes that the shop has heard of it.
func (st *store) confirmCharge(id int64) error {
	_, err := st.write.Exec(`UPDATE charge SET confirmed = 1 WHERE id = ?`, id)
	return err
}

// unconfirmed returns the charges the shop has not been heard to know of.
func (st *store) unconfirmed() ([]charge, error) { return st.charges(`WHERE confirmed = 0`) }

// charges returns those that meet a condition, oldest first.
func (st *store) charges(where string) ([]charge, error) {
	rows, err := st.read.Query(`SELECT id, nr, email, total, at_unix_ms FROM charge ` + where + ` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []charge
	for rows.Next() {
		var c charge
		if err := rows.Scan(&c.id, &c.order, &c.email, &c.total, &c.atUnixMS); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

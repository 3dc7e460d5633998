package toyshop

import (
	"database/sql"
	"errors"
)

// signIn writes down that a session belongs to a customer.
func (st *store) signIn(session, email string) error {
	_, err := st.write.Exec(`INSERT INTO account VALUES (?1, ?2) ON CONFLICT DO UPDATE SET email = ?2`, session, email)
	return err
}

func (st *store) signOut(session string) error {
	_, err := st.write.Exec(`DELETE FROM account WHERE session = ?`, session)
	return err
}

// account is the e-mail address of the customer who signed in with a session;
// "" for nobody.
func (st *store) account(session string) (email string, err error) {
	if session == "" {
		return "", nil
	}
	err = st.read.QueryRow(`SELECT email FROM account WHERE session = ?`, session).Scan(&email)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return email, err
}

// lastNumber is the number of a session's latest order, 0 for none.
func (st *store) lastNumber(session string) (int, error) {
	got, err := lastOrder(st.read, session)
	return got.nr, err
}

// orderedBy is the session that made an order; "" when there is no such order.
func (st *store) orderedBy(nr int) (session string, err error) {
	err = st.read.QueryRow(`SELECT session FROM orders WHERE nr = ?`, nr).Scan(&session)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return session, err
}

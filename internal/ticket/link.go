package ticket

// maxGrant is the longest name of a grant in bytes, an id of the plan with a
// number behind it; and the longest that the link in a message says.
const maxGrant = 200

// Links seals and opens the signed links of the campaign room, and the sessions
// that they open. It is safe for concurrent use.
//
// A link names a grant of the plan and says nothing else: whose it is, what it
// opens and until when stands in the plan, so that it can be revoked. Its key
// comes from the ring's root, as that of sessions at a shop: a link may be good
// for a year, and must outlive every rotation. Who loses the root (keys.json of
// the data folder) gives new links.
type Links struct {
	link, session, notice []purposeKey
}

// Links returns what seals and opens links with this ring, and with every ring
// that is made from it by [Keyring.Rotate].
func (k *Keyring) Links() *Links {
	return &Links{
		link:    []purposeKey{derive(0, k.root[:], "plan-link", "")},
		session: []purposeKey{derive(0, k.root[:], "plan-session", "")},
		notice:  []purposeKey{derive(0, k.root[:], "plan-notice", "")},
	}
}

// Seal returns the token of a link: letters, digits, "-" and "_".
func (l *Links) Seal(grant string) string { return seal(l.link, []byte(grant)) }

// Open returns the grant that a token names. The error is a [Fault].
func (l *Links) Open(token string) (grant string, err error) { return openGrant(l.link, token) }

// SealSession returns the value of the cookie of who has come by a grant. It is
// no link: one found in a list of cookies does not open the door elsewhere.
func (l *Links) SealSession(grant string) string { return seal(l.session, []byte(grant)) }

// OpenSession returns the grant that such a cookie names. The error is a [Fault].
func (l *Links) OpenSession(cookie string) (grant string, err error) {
	return openGrant(l.session, cookie)
}

// SealNotice returns the token of the link in a message. What it says, who it is for
// and until when, is not hidden, only signed; it is at most 200 bytes long. It is no
// link and no session.
func (l *Links) SealNotice(says string) string { return seal(l.notice, []byte(says)) }

// OpenNotice returns what the token of a message's link says. The error is a [Fault].
func (l *Links) OpenNotice(token string) (says string, err error) { return openGrant(l.notice, token) }

func openGrant(keys []purposeKey, sealed string) (string, error) {
	var buf buffer
	body, err := open(keys, sealed, &buf)
	if err != nil {
		return "", err
	}
	if len(body) == 0 || len(body) > maxGrant {
		return "", Malformed
	}
	return string(body), nil
}

package docker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// authority makes certificates for one test.
type authority struct {
	t    testing.TB
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.key, a.cert = a.sign("ca", nil)
	return a
}

// sign makes a certificate for 127.0.0.1, to serve and to ask, and its key.
func (a *authority) sign(name string, by *authority) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	} else {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + "-key.pem": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		a.t.Fatal(err)
	}
	return key, c
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name+".pem") }

// Two engines, one of them behind TLS: replicas are spread; what one lacks is said; one
// that goes down stops nobody, its replicas are made on the other and sent away again
// when it is back. It runs alone: an engine tries ten of the ports that containers get and
// gives up, and beside many containers of the other one those may all be taken.
func TestSeveralHosts(t *testing.T) {
	s := newShop(t, &engines.first)
	ca := newAuthority(t)
	ca.sign("server", ca)
	ca.sign("client", ca)
	port := fleettest.FreePort(t)
	second := &engines.second
	second.more = []string{"--tlsverify", "--tlscacert", ca.file("ca"), "--tlscert", ca.file("server"), "--tlskey", ca.file("server-key"), "-H", fmt.Sprintf("tcp://127.0.0.1:%d", port)}
	second.needed(t)
	far := Host{Name: "far", Address: fmt.Sprintf("tcp://127.0.0.1:%d", port), CA: ca.file("ca"), Cert: ca.file("client"), Key: ca.file("client-key")}

	// An image of this test, since the others' is on both.
	ctx := t.Context()
	image := "falochron.test/" + s.name + ":1"
	if _, err := s.engine.cli.ImageTag(ctx, client.ImageTagOptions{Source: shopImage, Target: image}); err != nil {
		t.Fatal(err)
	}
	if _, err := second.cli.ImageRemove(ctx, shopImage, client.ImageRemoveOptions{Force: true, PruneChildren: true}); err != nil {
		t.Fatal(err)
	}
	o := s.plain()
	o.Config.Image = image
	o.HostConfig.Mounts = nil
	s.run(o)
	there := &shop{TB: t, engine: second, name: s.name}
	t.Cleanup(there.clean)

	c := s.config()
	c.Hosts = append(c.Hosts, far)
	c.Hosts[0].Most, c.Hosts[1].Most = 4, 4
	c.Gone = time.Second

	t.Run("wrong certificates", func(t *testing.T) {
		other := newAuthority(t)
		other.sign("client", other)
		for what, h := range map[string]Host{
			"an engine that nobody vouches for":  {Name: "far", Address: far.Address, CA: other.file("ca"), Cert: far.Cert, Key: far.Key},
			"a client that the engine won't let": {Name: "far", Address: far.Address, CA: far.CA, Cert: other.file("client"), Key: other.file("client-key")},
		} {
			c := s.config()
			c.Hosts = []Host{h}
			_, err := s.driver(c).Observe(ctx)
			if falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(falochron.HintOf(err), "certificates") {
				t.Errorf("%s: %v, hint %q", what, err, falochron.HintOf(err))
			}
		}
	})

	// The image is missing there: what goes there fails and says so, and is made here.
	only := s.driver(func() Config { c := c; c.Hosts = slices.Clone(c.Hosts); c.Hosts[0].Most = 1; return c }())
	s.order(only, 2)
	st := s.until(only, "the image is missing", func(st fleet.State) bool {
		return len(st.Replicas) == 2 && st.Replicas[1].Phase == fleet.Failed
	})
	if why := st.Replicas[1].Why; !strings.Contains(why, "the image "+image+" is not on docker host far") || !strings.Contains(why, "docker -H "+far.Address+" pull "+image) {
		t.Errorf("why: %s", why)
	}
	if !slices.ContainsFunc(st.Notes, func(n fleet.Note) bool { return n.Kind == "image-missing" }) {
		t.Errorf("notes: %+v", st.Notes)
	}
	// Its owner brings it, as docker save and docker load do; the replica is made by itself.
	saved, err := s.engine.cli.ImageSave(ctx, []string{image})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := second.cli.ImageLoad(ctx, saved)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, loaded)
	_, _ = loaded.Close(), saved.Close()
	s.ready(only, 2)
	s.order(only, 1)
	s.ready(only, 1)
	_ = only.Close()

	// Both have room for four: the owner's own one counts.
	d := s.driver(c)
	s.order(d, 5)
	st = s.ready(d, 5)
	if n := s.on(st, there); n != 2 && n != 3 {
		t.Errorf("%d of 5 are on the second of two equal hosts", n)
	}
	if st.Most != 8 || st.Startable != 3 {
		t.Errorf("most %d, startable %d", st.Most, st.Startable)
	}
	if o := s.order(d, 9); o.Accepted != 8 || o.Bound != "capacity" {
		t.Errorf("more than fit: %+v", o)
	}
	s.order(d, 4)
	s.ready(d, 4)

	// The second goes down: the first goes on, and takes over after a second.
	second.halt()
	s.until(d, "one host is said to be gone", func(st fleet.State) bool {
		return st.Ready() >= 1 && slices.ContainsFunc(st.Replicas, func(r fleet.Replica) bool {
			return r.Phase == fleet.Failed && strings.Contains(r.Why, "its docker host far does not answer")
		})
	})
	s.until(d, "the first has all four", func(st fleet.State) bool {
		s.order(d, 4)
		return st.Ready() == 4
	})
	// It comes back, with its containers ended: they are removed, and no fifth is left.
	if err := second.run(); err != nil {
		t.Fatal(err)
	}
	s.until(d, "four in all again", func(st fleet.State) bool {
		s.order(d, 4)
		return st.Ready() == 4 && len(st.Replicas) == 4
	})
	s.order(d, 1)
	s.ready(d, 1)
}

// on counts a state's replicas that are containers of another engine.
func (s *shop) on(st fleet.State, there *shop) (n int) {
	s.Helper()
	for _, r := range st.Replicas {
		if _, err := there.engine.cli.ContainerInspect(s.Context(), r.ID, client.ContainerInspectOptions{}); err == nil {
			n++
		}
	}
	return n
}

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// rawShop answers at once and counts what reaches it. It lives in the bench: what
// it burns is the load's.
type rawShop struct {
	srv     *httptest.Server
	answers map[string]canned
	mu      sync.Mutex
	asked   map[string]int // guarded by mu; by path
}

func newRawShop() *rawShop {
	answers := costShop()
	s := &rawShop{answers: answers, asked: map[string]int{}}
	order := plainOrder{Answers: answers}
	answer := order.handler()
	s.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		s.mu.Unlock()
		answer.ServeHTTP(w, r)
	}))
	return s
}

func (s *rawShop) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

func (s *rawShop) addr() string { return s.srv.Listener.Addr().String() }

// writeCertificate makes a certificate of P-256, what Let's Encrypt gives by
// default, signed by itself.
func writeCertificate(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop.test"}, DNSNames: []string{"shop.test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	return errors.Join(os.WriteFile(filepath.Join(folder, "cert.pem"), cert, 0o644),
		os.WriteFile(filepath.Join(folder, "key.pem"), secret, 0o600),
		os.WriteFile(filepath.Join(folder, "pair.pem"), append(cert, secret...), 0o600))
}

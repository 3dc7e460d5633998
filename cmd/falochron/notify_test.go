package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiver NAME opens a receiver of signed webhooks and puts its URL into NAME, and
// the key that it knows, with the # before it, into NAME_KEY. It refuses what Standard Webhooks asks receivers to
// refuse. What came last is in the file NAME.json.
func scriptReceiver(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "receiver NAME")
	key := []byte("0123456789abcdef0123456789abcdef")
	file := ts.MkAbs(args[0] + ".json")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, r.Header.Get("webhook-id")+"."+r.Header.Get("webhook-timestamp")+".")
		mac.Write(body)
		signature := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case kind != "application/json" || !json.Valid(body):
			w.WriteHeader(http.StatusUnsupportedMediaType)
		case !hmac.Equal([]byte(signature), []byte(r.Header.Get("webhook-signature"))):
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/busy":
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
		case r.URL.Path == "/slow":
			select {
			case <-time.After(patience):
			case <-r.Context().Done():
			}
		case os.WriteFile(file, append(body, '\n'), 0o600) != nil:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
	ts.Setenv(args[0]+"_KEY", "#whsec_"+base64.StdEncoding.EncodeToString(key))
}

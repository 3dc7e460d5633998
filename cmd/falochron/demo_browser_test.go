package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeBrowser is a program that obeys as e2e/browser does: it writes down its orders,
// and answers as a script says.
func fakeBrowser(t *testing.T, script string) (b *browserDemo, orders string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "browser")
	orders = filepath.Join(dir, "orders")
	text := "#!/bin/sh\nwhile read -r order; do echo \"$order\" >>'" + orders + "'; case $order in\n" + script + "\nesac; done\n"
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := openBrowser(program, "/chromium", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b, orders
}

func TestOrdersToTheBrowser(t *testing.T) {
	b, orders := fakeBrowser(t, `*'"do":"eval"'*) echo '{"at":5,"value":"said"}';; *gone*) echo '{"error":"there is no such button"}';; *) echo '{"at":1796151600123}';;`)
	var err error
	ola := b.tab(t.Context(), "Ola", 390, 844, true, "pl", &err)
	ola.open(t.Context(), "http://plan.example/")
	if at := ola.click(t.Context(), "button"); err != nil || !at.Equal(time.UnixMilli(1796151600123)) {
		t.Fatalf("%v %v", at, err)
	}
	ola.says(t.Context(), `"now"`, 2*time.Second)
	if got := ola.text(t.Context(), "document.title"); got != "said" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
	if got := ola.picture(t.Context(), "1-ola"); got != "1-ola.png" {
		t.Errorf("%q", got)
	}
	ola.click(t.Context(), "gone")
	if err == nil || !strings.Contains(err.Error(), "the browser of Ola: there is no such button") {
		t.Fatalf("%v", err)
	}
	ola.open(t.Context(), "http://plan.example/after") // does nothing
	text, readErr := os.ReadFile(orders)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if got := string(text); strings.Contains(got, "after") ||
		!strings.HasPrefix(got, `{"do":"tab","tab":"Ola","width":390,"height":844,"phone":true,"lang":"pl"}`+"\n"+`{"do":"open","tab":"Ola","what":"http://plan.example/"}`) ||
		!strings.Contains(got, `"within_ms":2000`) {
		t.Errorf("%s", got)
	}
}

// A browser that ends is told as what it is, with its last words.
func TestABrowserThatEnds(t *testing.T) {
	b, _ := fakeBrowser(t, `*) echo 'no display' >&2; exit 1;;`)
	var err error
	b.tab(t.Context(), "Ola", 390, 844, true, "pl", &err)
	b.close()
	if err == nil || !strings.Contains(err.Error(), "move the browser") {
		t.Errorf("%v", err)
	}
	if _, _, err := b.do(t.Context(), browserOrder{Do: "open"}); err == nil {
		t.Error("it has come back")
	}
	if _, err := openBrowser(filepath.Join(t.TempDir(), "none"), "", ""); err == nil || !strings.Contains(err.Error(), "start the browser") {
		t.Errorf("%v", err)
	}
}

package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A page whose button runs away for a second, under a curtain that takes clicks for
// another: what is clicked is the button, once.
const restless = `<!doctype html><title>restless</title>
<style>body{margin:0} #b{position:absolute;left:0;top:0;width:40px;height:20px} #c{position:fixed;inset:0;background:#ccc}</style>
<button id="b">buy</button><div id="c"></div>
<script>
var clicks = 0, began = Date.now(), b = document.getElementById('b'), c = document.getElementById('c');
b.addEventListener('click', function () { clicks++; });
var run = setInterval(function () {
	var age = Date.now() - began;
	if (age < 1000) { b.style.left = Math.floor(Math.random() * 600) + 'px'; b.style.top = Math.floor(Math.random() * 400) + 'px'; }
	if (age > 2000) { c.remove(); clearInterval(run); }
}, 20);
</script>`

func TestClickMeetsWhatItIsMeantFor(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(restless))
	}))
	t.Cleanup(s.Close)
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.URL)
	tab.Click("#b")
	if n := Eval[int](tab, "clicks"); n != 1 {
		t.Errorf("the button was clicked %d times, want once", n)
	}
}

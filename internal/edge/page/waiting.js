// The waiting page keeps itself up to date. ES5, no library: in-app browsers of
// old phones run it. Without it the page reloads by <noscript><meta refresh>;
// where scripts run, that refresh does not exist, so the two never compete.
//
// It asks every poll seconds ±20 %, is silent while the tab is hidden, backs off
// when it cannot ask, and never claims a place for a tab that nobody looks at.
(function () {
var d = document, m = d.getElementById('falochron'), W = $words;
var state = get('state'), poll = +get('poll'), born = now(), last = born, said = born;
var self = get('elsewhere') ? get('page') : location.pathname + location.search;
var fails = 0, timer = 0, busy = 0, gone = 0, zero = 0;

function get(k) { return m.getAttribute('data-' + k); }
function el(id) { return d.getElementById(id); }
function now() { return +new Date(); }
function put(id, s) { var e = el(id); if (e && e.textContent !== s) { e.textContent = s; } }
function show(id, on) {
var e = el(id);
if (!e) { return; }
if (on) { e.removeAttribute('hidden'); } else { e.setAttribute('hidden', ''); }
}
function two(n) { return (n < 10 ? '0' : '') + n; }

function countdown(s) {
s = Math.floor(s);
if (s <= 0) { return W.n; }
var n = Math.floor(s / 86400);
if (n > 1) { return n + '\u00a0' + W.d; }
n = Math.floor(s / 60);
return (s < 3600 ? n : Math.floor(n / 60) + ':' + two(n % 60)) + ':' + two(s % 60);
}

// Going: once, to a page of this host only. The next question waits a minute, so
// that a slow answer of the shop is not asked for twice.
function go(to) {
if (gone) { return; }
gone = 1;
clearTimeout(timer);
to = ('' + to).split('#')[0];
location.replace(/^\/(?!\/)[^\\\x00-\x20]*$/.test(to) ? to : '/');
setTimeout(function () { gone = 0; later(); }, 60000);
}
function later() {
clearTimeout(timer);
if (gone || d.hidden) { return; }
timer = setTimeout(ask, Math.min(poll * Math.pow(2, fails), Math.max(poll, 300)) * (800 + 400 * Math.random()));
}
function ask() {
if (busy || gone || d.hidden) { return; }
clearTimeout(timer);
busy = 1;
var x = new XMLHttpRequest();
function end(r) {
if (!busy) { return; }
busy = 0;
last = now();
fails = r ? 0 : Math.min(fails + 1, 6);
show('e', fails > 1);
if (r && !d.hidden) { tell(r); }
later();
}
x.onload = function () {
var r;
try { r = JSON.parse(x.responseText); } catch (e) {}
end(r && r.state ? r : 0);
};
x.onerror = x.onabort = x.ontimeout = function () { end(0); };
x.open('GET', get('status'), true);
x.timeout = 20000;
x.setRequestHeader('Accept', 'application/json');
x.send();
}
function tell(r) {
poll = Math.min(Math.max(+r.poll_s || poll, 2), 3600);
if (r.state === 'called' || r.state === 'inside') { put('s', W.g); put('t', W.g); return go(r.page || get('page')); }
if (r.state !== state || get('start') && get('start') !== r.start) { return go(self); }
clock();
// The edge has already put the numbers into words.
var say = r.say;
if (!say || !el('n')) { return; }
put('n', say.number);
show('n', r.ahead > 0);
put('w', say.ahead);
put('t', say.wait);
d.title = d.title.replace(/^[^·]*/, say.title + ' ');
boat(r.ahead);
// A screen reader hears the news once a minute at most.
if (now() - said > 60000) { said = now(); put('s', say.title + '. ' + say.wait); }
}
function boat(n) {
var b = el('boat'), x = Math.round(24 + 306 * Math.max(0, 1 - Math.log(1 + n) / Math.log(50001)));
if (b) { b.setAttribute('transform', 'translate(' + x + ')'); }
}
function clock() {
var t = new Date();
put('u', two(t.getHours()) + ':' + two(t.getMinutes()) + ':' + two(t.getSeconds()));
}
function tick() {
var left = +get('left') - (now() - born) / 1000;
put('c', countdown(left));
// Everybody's clock strikes at once; their questions are spread over ten seconds.
if (left <= 0 && !zero) { zero = 1; clearTimeout(timer); timer = setTimeout(ask, 10000 * Math.random()); }
}

if (get('left')) { setInterval(function () { if (!d.hidden) { tick(); } }, 1000); }
if (el('k')) { el('k').onclick = function () { if (now() - last > 2000) { ask(); } return !!gone; }; }
d.addEventListener('visibilitychange', function () { if (!d.hidden && now() - last > 2000) { ask(); } else { later(); } });
addEventListener('online', ask);
addEventListener('pageshow', function (e) { if (e.persisted) { gone = busy = 0; ask(); } });
clock();
later();

// Where cookies are refused the ticket moves into the address, so that a reload
// keeps the place. Nobody else's address gets it: addresses are sent to friends. It comes last,
// since a frame without any cookies throws here.
if (get('elsewhere')) {
d.cookie = 'falo_c=1';
if (!/falo_c/.test(d.cookie)) { history.replaceState(0, '', get('page')); }
d.cookie = 'falo_c=;max-age=0';
}
}());

// The waiting page keeps itself up to date. ES5, no library: in-app browsers of
// old phones run it. Without it the page reloads by <noscript><meta refresh>;
// where scripts run, that refresh does not exist, so the two never compete.
//
// It asks every poll seconds ±20 %, is silent while the tab is hidden, backs off
// when it cannot ask, and never claims a place for a tab that nobody looks at.
// From line to pause, and from an announced start to the line, it goes without
// another page: at a start that would be one for everybody at once.
(function () {
var d = document, M = Math, m = el('falochron').dataset, W = $words;
var state = m.state, poll = +m.poll, spread = +m.spread, born = now(), last = born, said = born;
// Where this page is found again: by its own address; by the page wanted, which
// carries the ticket; after a press that met the line, by the address that keeps
// saying so.
var page = m.page, ticket = m.status.split('?')[1], self = m.elsewhere;
if (self === 'press') { self = '/.falochron/wait?to=' + encodeURIComponent(page) + (ticket ? '&' + ticket : ''); }
else { self = self ? page : location.pathname + location.search; }
var fails = 0, timer = 0, busy = 0, gone = 0, zero = 0;

function el(id) { return d.getElementById(id); }
function now() { return +new Date(); }
function put(id, s) { var e = el(id); if (e && e.textContent !== s) { e.textContent = s; } }
function show(id, on) { var e = el(id); if (e) { e.hidden = !on; } }
function two(n) { return ('0' + n).slice(-2); }

function countdown(s) {
s = M.floor(s);
if (s <= 0) { return W.n; }
var n = M.floor(s / 86400);
if (n > 1) { return n + '\u00a0' + W.d; }
n = M.floor(s / 60);
return (s < 3600 ? n : M.floor(n / 60) + ':' + two(n % 60)) + ':' + two(s % 60);
}

// Going: once, to a page of this host only. The next question waits a minute, so
// that a slow answer of the shop is not asked for twice.
function go(to) {
if (gone) { return; }
gone = 1;
later();
to = ('' + to).split('#')[0];
location.replace(/^\/(?!\/)[^\\\x00-\x20]*$/.test(to) ? to : '/');
setTimeout(function () { gone = 0; later(); }, 60000);
}
function wait(ms) {
clearTimeout(timer);
if (!gone && !d.hidden) { timer = setTimeout(ask, ms); }
}
function later() { wait(M.min(poll * (1 << fails), M.max(poll, 300)) * (800 + 400 * M.random())); }
function ask() {
if (busy || gone || d.hidden) { return; }
clearTimeout(timer);
busy = 1;
var x = new XMLHttpRequest();
function end(r) {
if (!busy) { return; }
busy = 0;
last = now();
fails = r ? 0 : M.min(fails + 1, 6);
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
x.open('GET', m.status + (ticket ? '&to=' + encodeURIComponent(page) : ''));
x.timeout = 20000;
x.send();
}
function tell(r) {
var say = r.say, still = r.state === state && (state !== 'prequeue' || r.start === (m.start || ''));
poll = M.min(M.max(+r.poll_s || poll, 2), 3600);
spread = +r.spread_s || spread;
if (r.state === 'called' || r.state === 'inside') { put('s', W.g); put('t', W.g); return go(r.page || page); }
// The edge has already put the numbers into words. A page without a place for
// them is another page.
say = el('n') && say;
if (!still && !say) { return go(self); }
put('m', r.line || '');
show('m', r.line);
put('u', new Date().toTimeString().slice(0, 8));
if (!say) { return; }
put('n', say.number);
show('n', r.ahead > 0);
put('w', say.ahead);
put('t', say.wait);
d.title = d.title.replace(/^[^·]*/, say.title + ' ');
boat(r.ahead);
// A screen reader hears the news once a minute at most, a change at once.
if (!still) {
state = m.state = r.state;
d.querySelector('h1').textContent = say.head;
put('l', say.lead);
show('q', 1);
show('p', 0);
}
if (!still || now() - said > 60000) { said = now(); put('s', (still ? say.title : say.head) + '. ' + say.wait); }
}
function boat(n) {
var x = M.round(24 + 306 * M.max(0, 1 - M.log(1 + n) / M.log(50001)));
el('boat').setAttribute('transform', 'translate(' + x + ')');
}
// Everybody's clock strikes at once, a second early since it is rounded down;
// their questions are spread over as long as the edge said, so that it is asked
// no more often than at any other time.
function tick() {
var left = +m.left - (now() - born) / 1000;
if (d.hidden || state !== 'prequeue') { return; }
put('c', countdown(left));
if (left <= 0 && !zero) {
zero = 1;
wait(1000 + 1000 * spread * M.random());
}
}

if (m.left) { setInterval(tick, 1000); }
function look() { if (now() - last > 2000) { ask(); } else { later(); } }
if (el('k')) { el('k').onclick = function () { look(); return !!gone; }; }
d.addEventListener('visibilitychange', look);
addEventListener('online', ask);
addEventListener('pageshow', function (e) { if (e.persisted) { gone = busy = 0; ask(); } });
later();

// Where cookies are refused the ticket moves into the address, so that a reload
// keeps the place. Nobody else's address gets it: addresses are sent to friends. It comes last,
// since a frame without any cookies throws here.
if (m.elsewhere) {
d.cookie = 'falo_c=1';
if (!/falo_c/.test(d.cookie)) { history.replaceState(0, '', self); }
d.cookie = 'falo_c=;max-age=0';
}
}());

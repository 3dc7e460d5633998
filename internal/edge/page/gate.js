// No line is silent. When a script of the shop asks for something and its
// visitor has no place yet, the edge refuses with the header Falochron-State;
// then this shows the waiting page, which comes back here at the visitor's turn.
// When the shop, or the line itself, is full, the header is Falochron-Refused,
// and this shows the page that says so. Without it a button would look dead.
// Asked for by the edge in HTML answers:
//   <script src="/.falochron/gate.js" async></script>
// It wraps fetch and XMLHttpRequest and nothing else, and only looks: bodies
// are not touched, nothing is delayed, answers of other hosts are not read.
//
// Only what the visitor did counts. A page from the cache may be read by anybody
// without a place, and a shop's scripts ask for things by themselves as it loads
// (WooCommerce posts for its cart fragments) and long after: a refusal of those
// must not throw a reader out. So a request counts if it was made within three
// seconds of a touch, click or key, or within a minute if it changes something:
// a wallet or a slow form may lie between the press and the order.
(function (w) {
var f = w.fetch, X = w.XMLHttpRequest && XMLHttpRequest.prototype, send = X && X.send, open = X && X.open;
var touched = 0, gone, went;
if (w.__falochron) { return; }
w.__falochron = 1;

function now() { return +new Date(); }
// Clicks that a script makes, as of a slide show, are nobody's.
function touch(e) { if (e.isTrusted !== false) { touched = now(); } }
['click', 'keydown', 'touchend', 'submit'].forEach(function (e) { w.addEventListener(e, touch, true); });
function meant(method) {
return now() - touched < (/^(post|put|patch|delete)$/i.test(method) ? 60000 : 3000);
}

// One navigation, even if ten requests were refused at once.
function met(state, refused) {
var line = /^(waiting|prequeue|held|soldout|called)$/.test(state);
if (gone || !line && !/^\w+$/.test(refused || '')) { return; }
gone = went = 1;
setTimeout(function () { gone = 0; }, 9000);
location.assign('/.falochron/' + (line ? 'wait?' : 'refused?why=' + refused + '&') + 'to=' + encodeURIComponent(location.pathname + location.search));
}

// type "basic" is an answer of this page's own host (Fetch standard, 2.2.6).
if (f) {
w.fetch = function (what, how) {
var counts = meant(how && how.method || what && what.method);
return f.apply(this, arguments).then(function (r) {
if (counts && r && r.type === 'basic') { met(r.headers.get('Falochron-State'), r.headers.get('Falochron-Refused')); }
return r;
});
};
}

// The list of all headers, since asking for one that another host hides is
// reported in the console. The browser keeps one listener however often it is added.
function done() {
var u = this.responseURL, h = this.getAllResponseHeaders() || '';
if (this.__falo && (!u || u.indexOf(location.protocol + '//' + location.host + '/') === 0)) {
met((/^falochron-state:\s*(\w+)/im.exec(h) || 0)[1], (/^falochron-refused:\s*(\w+)/im.exec(h) || 0)[1]);
}
}
// Back from the line: the browser may show this page as it was left, with a
// button that its script has greyed and never will wake.
w.addEventListener('pageshow', function (e) { if (e.persisted && went) { location.reload(); } });
if (send) {
X.open = function (method) {
this.__method = method;
return open.apply(this, arguments);
};
X.send = function () {
this.__falo = meant(this.__method);
this.addEventListener('load', done);
return send.apply(this, arguments);
};
}
}(window));

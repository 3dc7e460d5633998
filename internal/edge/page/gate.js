// No line is silent. When a script of the shop asks for something and its
// visitor has no place yet, the edge refuses with the header Falochron-State;
// then this shows the waiting page, which comes back here at the visitor's turn.
// Without it a button would look dead. Asked for by the edge in HTML answers:
//   <script src="/.falochron/gate.js" async></script>
// It wraps fetch and XMLHttpRequest and nothing else, and only looks: bodies
// are not touched, nothing is delayed, answers of other hosts are not read.
(function (w) {
var f = w.fetch, X = w.XMLHttpRequest && XMLHttpRequest.prototype, send = X && X.send, gone, went;
if (w.__falochron) { return; }
w.__falochron = 1;

// One navigation, even if ten requests were refused at once.
function met(state) {
if (gone || !/^(waiting|prequeue|held|soldout|called)$/.test(state)) { return; }
gone = went = 1;
setTimeout(function () { gone = 0; }, 9000);
location.assign('/.falochron/wait?to=' + encodeURIComponent(location.pathname + location.search));
}

// type "basic" is an answer of this page's own host (Fetch standard, 2.2.6).
if (f) {
w.fetch = function () {
return f.apply(this, arguments).then(function (r) {
if (r && r.type === 'basic') { met(r.headers.get('Falochron-State')); }
return r;
});
};
}

// The list of all headers, since asking for one that another host hides is
// reported in the console. The browser keeps one listener however often it is added.
function done() {
var u = this.responseURL, h = this.getAllResponseHeaders();
if (!u || u.indexOf(location.protocol + '//' + location.host + '/') === 0) {
met((/^falochron-state:\s*(\w+)/im.exec(h || '') || 0)[1]);
}
}
// Back from the line: the browser may show this page as it was left, with a
// button that its script has greyed and never will wake.
w.addEventListener('pageshow', function (e) { if (e.persisted && went) { location.reload(); } });
if (send) {
X.send = function () {
this.addEventListener('load', done);
return send.apply(this, arguments);
};
}
}(window));

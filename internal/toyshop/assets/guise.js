// The buttons beside the plain form, as themes and plugins bring them: one with
// fetch, one with XMLHttpRequest. What they say to the shop is in `shop`, which
// each shop software has its own way of. When a call fails, the button stays
// grey and silent.
(function () {
  'use strict';

  function byFetch(method, url, fields, body) {
    return fetch(url, { method: method, headers: fields || {}, body: body, credentials: 'same-origin' })
      .then(function (answer) {
        return answer.text().then(function (text) {
          return { status: answer.status, text: text, url: answer.url, field: function (n) { return answer.headers.get(n); } };
        });
      });
  }

  function byXHR(method, url, fields, body) {
    return new Promise(function (done, failed) {
      var call = new XMLHttpRequest();
      call.open(method, url);
      for (var name in fields || {}) call.setRequestHeader(name, fields[name]);
      call.onload = function () {
        done({ status: call.status, text: call.responseText, url: call.responseURL, field: function (n) { return call.getResponseHeader(n); } });
      };
      call.onerror = failed;
      call.send(body === undefined ? null : body);
    });
  }

  // label writes what is in the cart onto its button.
  function label(count) {
    var link = document.getElementById('cart-link');
    if (link) link.textContent = 'Koszyk (' + count + ')';
  }

  function show(count) {
    var state = document.getElementById('cart-state');
    if (state) state.textContent = 'W koszyku: ' + count;
    label(count);
  }

  function wire(id, send) {
    var button = document.getElementById(id), form = document.getElementById('add');
    if (!button || !form) return;
    button.addEventListener('click', function () {
      button.disabled = true;
      shop.add(send, form).then(function (count) {
        if (count > 0) { show(count); button.disabled = false; }
      }).catch(function () {});
    });
  }

  // takeOver has a script do what the form says, for shops without forms.
  function takeOver(id, work) {
    var form = document.getElementById(id);
    if (!form || !work) return;
    form.addEventListener('submit', function (e) {
      e.preventDefault();
      work(byFetch, form).then(function (to) {
        if (to) location.href = to;
      }).catch(function () {});
    });
  }

  wire('add-fetch', byFetch);
  wire('add-xhr', byXHR);
  takeOver('add', shop.addAndGo);
  takeOver('checkout', shop.order);
  takeOver('sign-in', shop.signIn);
  if (shop.eachPage) shop.eachPage(byFetch, label);
})();

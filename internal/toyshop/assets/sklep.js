// The buttons "add to cart" beside the plain form, as themes and plugins bring
// them: one with fetch, one with XMLHttpRequest. Neither expects the shop to
// say anything but yes: when the call fails, the button stays grey and silent.
(function () {
  'use strict';
  var form = document.getElementById('add');
  if (!form) return;

  function body() {
    return new URLSearchParams(new FormData(form)).toString();
  }
  function show(button, cart) {
    document.getElementById('cart-state').textContent = 'W koszyku: ' + cart.count;
    document.getElementById('cart-link').textContent = 'Koszyk (' + cart.count + ')';
    button.disabled = false;
  }

  var byFetch = document.getElementById('add-fetch');
  byFetch.addEventListener('click', function () {
    byFetch.disabled = true;
    fetch('/koszyk/dodaj', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      body: body()
    }).then(function (answer) {
      if (answer.ok) answer.json().then(function (cart) { show(byFetch, cart); });
    }).catch(function () {});
  });

  var byXHR = document.getElementById('add-xhr');
  byXHR.addEventListener('click', function () {
    byXHR.disabled = true;
    var call = new XMLHttpRequest();
    call.open('POST', '/koszyk/dodaj');
    call.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    call.setRequestHeader('Accept', 'application/json');
    call.onload = function () {
      if (call.status === 200) show(byXHR, JSON.parse(call.responseText));
    };
    call.send(body());
  });
})();

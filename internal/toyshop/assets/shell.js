// Fills pages that hold no visitor: cart, till, thanks and account. What they
// show comes from `shop`, in the words of the shop software.
(function () {
  'use strict';
  function api(url, body, fields) {
    var all = { Accept: 'application/json' };
    for (var name in shop.fields || {}) all[name] = shop.fields[name];
    for (name in fields || {}) all[name] = fields[name];
    var how = { headers: all, credentials: 'same-origin' };
    if (body !== undefined) {
      all['Content-Type'] = 'application/json';
      how.method = 'POST';
      how.body = JSON.stringify(body);
    }
    return fetch(url, how).then(function (a) { return a.ok ? a.json() : null; });
  }
  function show(table, cart) {
    cart.lines.forEach(function (line) {
      var row = table.insertRow();
      row.setAttribute('data-item', line.slug);
      row.setAttribute('data-qty', line.qty);
      row.insertCell().textContent = line.name;
      row.insertCell().textContent = line.qty;
    });
    if (cart.visitor) document.body.setAttribute('data-visitor', cart.visitor);
  }
  var kind = document.body.getAttribute('data-kind'), table = document.getElementById('cart-lines');
  if (table) {
    shop.cart(api).then(function (cart) {
      cart = cart || { lines: [] };
      show(table, cart);
      if (kind === 'cart') document.getElementById(cart.lines.length ? 'cart-actions' : 'cart-empty').hidden = false;
      if (kind === 'checkout' && !cart.lines.length) location.replace(document.getElementById('cart-link').href);
    }).catch(function () {});
  }
  if (kind === 'thanks') {
    shop.ordered(api).then(function (order) {
      if (!order) return;
      var said = document.getElementById('order-said');
      said.setAttribute('data-order', order.nr);
      said.textContent = 'Zamówienie nr ' + order.nr + ' przyjęte. Potwierdzenie wyślemy na ' + order.email + '.';
    }).catch(function () {});
  }
  if (kind === 'account') {
    shop.customer(api).then(function (email) {
      if (!email) return;
      var said = document.getElementById('account-said');
      said.hidden = false;
      said.textContent = 'Jesteś zalogowana jako ' + email + '.';
      document.getElementById('sign-in').hidden = true;
    }).catch(function () {});
  }
})();

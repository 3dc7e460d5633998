var shop = {
  fields: { 'x-publishable-api-key': window.medusa.publishableKey },
  json: { 'Content-Type': 'application/json', Accept: 'application/json', 'x-publishable-api-key': window.medusa.publishableKey },
  cartID: function (send) {
    var id = localStorage.getItem('cart_id');
    if (id) return Promise.resolve(id);
    return send('POST', '/store/carts', shop.json, JSON.stringify({ region_id: 'reg_pl' })).then(function (a) {
      id = JSON.parse(a.text).cart.id;
      localStorage.setItem('cart_id', id);
      return id;
    });
  },
  add: function (send, form) {
    return shop.cartID(send).then(function (id) {
      return send('POST', '/store/carts/' + id + '/line-items', shop.json,
        JSON.stringify({ variant_id: 'variant_' + form.dataset.id, quantity: parseInt(form.elements.quantity.value, 10) }));
    }).then(function (a) { return a.status === 200 ? JSON.parse(a.text).cart.count : 0; });
  },
  addAndGo: function (send, form) { return shop.add(send, form).then(function (n) { return n > 0 && '/cart'; }); },
  cart: function (api) {
    var id = localStorage.getItem('cart_id');
    if (!id) return Promise.resolve(null);
    return api('/store/carts/' + id).then(function (a) {
      return a && { visitor: a.cart.visitor, lines: a.cart.items.map(function (i) { return { slug: i.product_handle, name: i.title, qty: i.quantity }; }) };
    });
  },
  order: function (send, form) {
    var id = localStorage.getItem('cart_id'), f = form.elements;
    return send('POST', '/store/carts/' + id, shop.json, JSON.stringify({ email: f.email.value })).then(function () {
      return send('POST', '/store/payment-collections', shop.json, JSON.stringify({ cart_id: id }));
    }).then(function () {
      return send('POST', '/store/carts/' + id + '/complete', shop.json, JSON.stringify({ name: f.name.value, blik: f.blik.value }));
    }).then(function (a) {
      var said = a.status === 200 ? JSON.parse(a.text) : {};
      if (said.type !== 'order') return '';
      localStorage.removeItem('cart_id');
      sessionStorage.setItem('order_id', said.order.id);
      return '/thanks';
    });
  },
  ordered: function (api) {
    var id = sessionStorage.getItem('order_id');
    return id ? api('/store/orders/' + id).then(function (a) { return a && { nr: a.order.display_id, email: a.order.email }; }) : Promise.resolve(null);
  },
  signIn: function (send, form) {
    return send('POST', '/auth/customer/emailpass', shop.json, JSON.stringify({ email: form.elements.email.value, password: form.elements.password.value }))
      .then(function (a) {
        if (a.status !== 200) return '';
        localStorage.setItem('token', JSON.parse(a.text).token);
        return '/account';
      });
  },
  customer: function (api) {
    var token = localStorage.getItem('token');
    return token ? api('/store/customers/me', undefined, { Authorization: 'Bearer ' + token }).then(function (a) { return a && a.customer.email; }) : Promise.resolve('');
  }
};

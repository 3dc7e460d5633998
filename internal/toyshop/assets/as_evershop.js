var shop = {
  fields: { 'Content-Type': 'application/json', Accept: 'application/json' },
  add: function (send, form) {
    return send('POST', '/api/cart/mine/items', shop.fields, JSON.stringify({ sku: form.dataset.id, qty: form.elements.qty.value }))
      .then(function (a) { return a.status === 200 ? JSON.parse(a.text).data.count : 0; });
  },
  addAndGo: function (send, form) {
    return shop.add(send, form).then(function (n) { return n > 0 && '/cart'; });
  },
  order: function (send, form) {
    var cart = window.eContext.graphqlResponse.cart, f = form.elements;
    return send('POST', '/api/carts/' + cart.uuid + '/checkout', shop.fields,
      JSON.stringify({ customer: { email: f.email.value, fullName: f.name.value }, paymentMethod: 'payu', blik: f.blik.value }))
      .then(function (a) { return a.status === 200 && '/checkout/success/' + JSON.parse(a.text).data.uuid; });
  },
  signIn: function (send, form) {
    return send('POST', '/account/login', shop.fields, JSON.stringify({ email: form.elements.email.value, password: form.elements.password.value }))
      .then(function (a) { return a.status === 200 && '/account'; });
  }
};

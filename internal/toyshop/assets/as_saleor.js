var shop = {
  ask: function (send, query, variables) {
    return send('POST', '/graphql/', { 'Content-Type': 'application/json', Accept: 'application/json' }, JSON.stringify({ query: query, variables: variables || {} }))
      .then(function (a) { return a.status === 200 ? JSON.parse(a.text).data : {}; });
  },
  add: function (send, form) {
    var id = localStorage.getItem('checkout_id'), lines = [{ variantId: btoa('ProductVariant:' + form.dataset.id), quantity: parseInt(form.elements.quantity.value, 10) }];
    var asked = id
      ? shop.ask(send, 'mutation Add($id: ID!, $lines: [CheckoutLineInput!]!) { checkoutLinesAdd(id: $id, lines: $lines) { checkout { id quantity } errors { code } } }', { id: id, lines: lines })
      : shop.ask(send, 'mutation New($lines: [CheckoutLineInput!]!) { checkoutCreate(input: {channel: "default-channel", lines: $lines}) { checkout { id quantity } errors { code } } }', { lines: lines });
    return asked.then(function (d) {
      var said = d.checkoutLinesAdd || d.checkoutCreate || {};
      if (!said.checkout) return 0;
      localStorage.setItem('checkout_id', said.checkout.id);
      return said.checkout.quantity;
    });
  },
  addAndGo: function (send, form) { return shop.add(send, form).then(function (n) { return n > 0 && '/cart'; }); },
  cart: function (api) {
    var id = localStorage.getItem('checkout_id');
    if (!id) return Promise.resolve(null);
    return api('/graphql/', { query: 'query Cart($id: ID!) { checkout(id: $id) { lines { quantity variant { product { slug name } } } } }', variables: { id: id } }).then(function (a) {
      var c = a && a.data.checkout;
      return c && { visitor: c.visitor, lines: c.lines.map(function (l) { return { slug: l.variant.product.slug, name: l.variant.product.name, qty: l.quantity }; }) };
    });
  },
  order: function (send, form) {
    var id = localStorage.getItem('checkout_id'), f = form.elements;
    return shop.ask(send, 'mutation Mail($id: ID!, $e: String!) { checkoutEmailUpdate(id: $id, email: $e) { errors { code } } }', { id: id, e: f.email.value })
      .then(function () { return shop.ask(send, 'mutation Complete($id: ID!, $d: JSONString) { checkoutComplete(id: $id, paymentData: $d) { order { id number } errors { code } } }', { id: id, d: f.name.value + '|' + f.blik.value }); })
      .then(function (d) {
        var order = d.checkoutComplete && d.checkoutComplete.order;
        if (!order) return '';
        localStorage.removeItem('checkout_id');
        sessionStorage.setItem('order_id', order.id);
        return '/thanks';
      });
  },
  ordered: function (api) {
    var id = sessionStorage.getItem('order_id');
    return id ? api('/graphql/', { query: 'query Done($id: ID!) { order(id: $id) { number userEmail } }', variables: { id: id } })
      .then(function (a) { return a && a.data.order && { nr: a.data.order.number, email: a.data.order.userEmail }; }) : Promise.resolve(null);
  },
  signIn: function (send, form) {
    return shop.ask(send, 'mutation In($e: String!, $p: String!) { tokenCreate(email: $e, password: $p) { token errors { code } } }', { e: form.elements.email.value, p: form.elements.password.value })
      .then(function (d) {
        if (!d.tokenCreate || !d.tokenCreate.token) return '';
        localStorage.setItem('token', d.tokenCreate.token);
        return '/account';
      });
  },
  customer: function (api) {
    var token = localStorage.getItem('token');
    return token ? api('/graphql/', { query: 'query Me { me { email } }' }, { Authorization: 'Bearer ' + token })
      .then(function (a) { return a && a.data.me && a.data.me.email; }) : Promise.resolve('');
  }
};

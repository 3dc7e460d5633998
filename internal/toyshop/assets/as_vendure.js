var shop = {
  ask: function (send, query, variables) {
    return send('POST', '/shop-api', { 'Content-Type': 'application/json', Accept: 'application/json' }, JSON.stringify({ query: query, variables: variables || {} }))
      .then(function (a) { return a.status === 200 ? JSON.parse(a.text).data : {}; });
  },
  add: function (send, form) {
    return shop.ask(send, 'mutation Add($id: ID!, $n: Int!) { addItemToOrder(productVariantId: $id, quantity: $n) { __typename ... on Order { totalQuantity } ... on ErrorResult { errorCode } } }',
      { id: form.dataset.id, n: parseInt(form.elements.quantity.value, 10) })
      .then(function (d) { return d.addItemToOrder && d.addItemToOrder.totalQuantity || 0; });
  },
  addAndGo: function (send, form) { return shop.add(send, form).then(function (n) { return n > 0 && '/cart'; }); },
  cart: function (api) {
    return api('/shop-api', { query: 'query Active { activeOrder { totalQuantity lines { quantity productVariant { sku name } } } }' }).then(function (a) {
      var order = a && a.data.activeOrder;
      return order && { visitor: order.visitor, lines: order.lines.map(function (l) { return { slug: l.productVariant.sku, name: l.productVariant.name, qty: l.quantity }; }) };
    });
  },
  order: function (send, form) {
    var f = form.elements;
    return shop.ask(send, 'mutation Who($e: String!, $n: String!) { setCustomerForOrder(input: {firstName: $n, lastName: "", emailAddress: $e}) { __typename } }', { e: f.email.value, n: f.name.value })
      .then(function () { return shop.ask(send, 'mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }'); })
      .then(function () { return shop.ask(send, 'mutation Pay($b: String!, $n: String!) { addPaymentToOrder(input: {method: "payu", metadata: {blik: $b, name: $n}}) { __typename } }', { b: f.blik.value, n: f.name.value }); })
      .then(function (d) {
        var order = d.addPaymentToOrder || {};
        if (!order.code) return '';
        sessionStorage.setItem('order_code', order.code);
        return '/thanks';
      });
  },
  ordered: function (api) {
    var code = sessionStorage.getItem('order_code');
    return code ? api('/shop-api', { query: 'query Done($c: String!) { orderByCode(code: $c) { id customer { emailAddress } } }', variables: { c: code } })
      .then(function (a) { return a && a.data.orderByCode && { nr: a.data.orderByCode.id, email: a.data.orderByCode.customer.emailAddress }; }) : Promise.resolve(null);
  },
  signIn: function (send, form) {
    return shop.ask(send, 'mutation In($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }', { u: form.elements.email.value, p: form.elements.password.value })
      .then(function (d) { return d.login && d.login.identifier && '/account'; });
  },
  customer: function (api) {
    return api('/shop-api', { query: 'query Who { activeCustomer { emailAddress } }' })
      .then(function (a) { return a && a.data.activeCustomer && a.data.activeCustomer.emailAddress; });
  }
};

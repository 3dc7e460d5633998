var shop = {
  add: function (send, form) {
    var body = new URLSearchParams({ product_id: form.dataset.id, quantity: form.elements.quantity.value }).toString();
    return send('POST', '/?wc-ajax=add_to_cart', { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8', 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' }, body)
      .then(function (a) {
        var said = a.status === 200 ? JSON.parse(a.text) : {};
        return said.fragments ? parseInt(/>(\d+)</.exec(said.fragments['a.cart-contents'])[1], 10) : 0;
      });
  },
  order: function (send, form) {
    return send('POST', '/?wc-ajax=checkout', { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8', 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' },
      new URLSearchParams(new FormData(form)).toString())
      .then(function (a) { return a.status === 200 && JSON.parse(a.text).redirect; });
  },
  eachPage: function (send, label) {
    send('POST', '/?wc-ajax=get_refreshed_fragments', { 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' }).then(function (a) {
      if (a.status !== 200) return;
      var fragments = JSON.parse(a.text).fragments, box = document.querySelector('.widget_shopping_cart_content');
      if (box) box.outerHTML = fragments['div.widget_shopping_cart_content'];
      var count = parseInt(/>(\d+)</.exec(fragments['a.cart-contents'])[1], 10);
      if (count > 0) label(count);
    }).catch(function () {});
  }
};

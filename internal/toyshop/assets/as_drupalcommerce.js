var shop = {
  add: function (send, form) {
    return send('POST', '/cart/add?_format=json', { 'Content-Type': 'application/json', Accept: 'application/json' },
      JSON.stringify([{ purchased_entity_type: 'commerce_product_variation', purchased_entity_id: form.dataset.id, quantity: form.elements['quantity[0][value]'].value }]))
      .then(function (a) {
        var carts = a.status === 200 ? JSON.parse(a.text) : [];
        return carts.length ? carts[0].count : 0;
      });
  }
};

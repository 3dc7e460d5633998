var shop = {
  fields: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' },
  key: function () { // chosen by the browser
    var m = /(?:^|; )form_key=([^;]+)/.exec(document.cookie), key = m && m[1];
    if (!key) {
      key = '';
      while (key.length < 16) key += 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.charAt(Math.floor(Math.random() * 62));
      document.cookie = 'form_key=' + key + '; path=/; SameSite=Lax';
    }
    Array.prototype.forEach.call(document.querySelectorAll('input[name="form_key"]'), function (i) { i.value = key; });
  },
  sections: function (send) {
    return send('GET', '/customer/section/load/?sections=cart%2Ccustomer&force_new_section_timestamp=true', shop.fields)
      .then(function (a) { return a.status === 200 ? JSON.parse(a.text) : { cart: { summary_count: 0 }, customer: {} }; });
  },
  add: function (send, form) {
    return send('POST', form.getAttribute('action'), shop.fields, new URLSearchParams(new FormData(form)).toString())
      .then(function (a) {
        if (a.status !== 200 || a.text.trim() !== '[]') return 0;
        return shop.sections(send).then(function (s) { return s.cart.summary_count; });
      });
  },
  order: function (send, form) {
    var f = form.elements;
    return send('POST', '/rest/default/V1/guest-carts/' + window.checkoutConfig.quoteData.entity_id + '/payment-information', { 'Content-Type': 'application/json', Accept: 'application/json' },
      JSON.stringify({ email: f.email.value, billingAddress: { firstname: f.name.value }, paymentMethod: { method: 'payu', additional_data: { blik: f.blik.value } } }))
      .then(function (a) { return a.status === 200 && '/checkout/onepage/success/'; });
  },
  eachPage: function (send, label) {
    shop.key();
    shop.sections(send).then(function (s) {
      if (s.cart.summary_count > 0) label(s.cart.summary_count);
      if (s.customer.firstname) document.getElementById('account-link').textContent = s.customer.firstname;
    }).catch(function () {});
  }
};

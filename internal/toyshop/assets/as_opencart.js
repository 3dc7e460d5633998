var shop = {
  fields: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' },
  say: function (send, form) {
    return send('POST', form.getAttribute('action'), shop.fields, new URLSearchParams(new FormData(form)).toString())
      .then(function (a) { return a.status === 200 ? JSON.parse(a.text) : {}; });
  },
  add: function (send, form) {
    return shop.say(send, form).then(function (said) {
      if (!said.success) return 0;
      return send('GET', document.getElementById('header-cart').getAttribute('data-oc-load'), { 'X-Requested-With': 'XMLHttpRequest' })
        .then(function (a) {
          if (a.status === 200) document.getElementById('header-cart').outerHTML = a.text;
          return said.total;
        });
    });
  },
  addAndGo: function (send, form) {
    return shop.add(send, form).then(function (n) { return n > 0 && document.getElementById('cart-link').href; });
  },
  order: function (send, form) { return shop.say(send, form).then(function (said) { return said.redirect; }); },
  eachPage: function (send) {
    var form = document.getElementById('form-currency');
    form.addEventListener('submit', function (e) {
      e.preventDefault();
      send('POST', form.getAttribute('action'), shop.fields, 'code=' + e.submitter.value).then(function () { location.reload(); });
    });
  },
  signIn: function (send, form) { return shop.say(send, form).then(function (said) { return said.redirect; }); }
};

var shop = {
  count: function (a) {
    var found = a.status === 200 && /data-count="(\d+)"/.exec(a.text);
    return found ? parseInt(found[1], 10) : 0;
  },
  add: function (send, form) {
    return send('POST', form.getAttribute('action'), { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Requested-With': 'XMLHttpRequest' },
      new URLSearchParams(new FormData(form)).toString()).then(shop.count);
  },
  eachPage: function (send, label) {
    send('GET', '/widgets/checkout/info', { 'X-Requested-With': 'XMLHttpRequest' })
      .then(function (a) { var n = shop.count(a); if (n > 0) label(n); }).catch(function () {});
  }
};

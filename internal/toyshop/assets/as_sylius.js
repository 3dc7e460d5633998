var shop = {
  add: function (send, form) {
    return send('POST', form.getAttribute('action'), { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8', 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' },
      new URLSearchParams(new FormData(form)).toString())
      .then(function (a) { return a.status === 201 ? JSON.parse(a.text).items : 0; });
  },
  addAndGo: function (send, form) {
    return shop.add(send, form).then(function (n) { return n > 0 && form.getAttribute('data-redirect'); });
  }
};

var shop = {
  add: function (send, form) {
    return send('POST', '/cart.data', { 'Content-Type': 'application/x-www-form-urlencoded' }, new URLSearchParams(new FormData(form)).toString())
      .then(function (a) {
        var said = a.status === 200 ? JSON.parse(a.text) : { userErrors: [1] };
        return said.userErrors.length ? 0 : said.cart.totalQuantity;
      });
  }
};

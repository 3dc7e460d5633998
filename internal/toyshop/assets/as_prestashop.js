var shop = {
  add: function (send, form) {
    var body = new URLSearchParams(new FormData(form));
    body.set('action', 'update');
    body.set('ajax', '1');
    var fields = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8', 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' };
    return send('POST', form.getAttribute('action'), fields, body.toString()).then(function (a) {
      var said = a.status === 200 ? JSON.parse(a.text) : {};
      if (!said.success) return 0;
      var block = document.getElementById('mini-cart');
      return send('POST', block.firstChild.getAttribute('data-refresh-url'), fields, 'action=refresh').then(function (b) {
        if (b.status === 200) block.outerHTML = JSON.parse(b.text).preview;
        return said.quantity;
      });
    });
  }
};

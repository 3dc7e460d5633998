# Varnish before a small shop in a wave, as somebody would set it up who wants it to win
# and knows the shop. The door is vsthrottle of varnish-modules; a queue for a free
# backend (backend_wait_limit) came with Varnish 7.6, this is Debian's.
vcl 4.1;

import std;
import vsthrottle;

# For those who are in and what is kept: never refused, the shop has a queue of its own.
backend shop {
	.host = "{{.OriginHost}}";
	.port = "{{.OriginPort}}";
	.connect_timeout = 5s;
	.first_byte_timeout = 65s;               # the shop itself gives up after 60
	.between_bytes_timeout = 65s;
}

{{if not .NoDoor}}
# For newcomers: so many at a time.
backend door {
	.host = "{{.OriginHost}}";
	.port = "{{.OriginPort}}";
	.max_connections = {{.Limits.newcomers}};
	.connect_timeout = 5s;
	.first_byte_timeout = 65s;
	.between_bytes_timeout = 65s;
}
{{end}}

sub vcl_recv {
	set req.backend_hint = shop;
	set req.http.X-Class = "door";
	if (req.http.Cookie ~ "{{.Shop.Cart}}") {
		set req.http.X-Class = "inside";
	} elseif ((req.method == "GET" || req.method == "HEAD") && req.url ~ "^{{.Shop.Pages}}"{{if .Shop.Fragments}} && req.url !~ "[?&](wc-ajax|wc-api|add-to-cart|rest_route)="{{end}}) {
		set req.http.X-Class = "page";
	}
	if (req.url ~ "^{{.Shop.Callback}}") {
		set req.http.X-Class = "callback";   # money is never held up
	}
	if (req.url ~ "\.(css|js|svg|ico|png|jpg|woff2)(\?|$)" && req.method == "GET") {
		set req.http.X-Class = "file";
	}
	{{if .Shop.Fragments}}
	if (req.http.X-Class == "door" && req.url ~ "^{{.Shop.Fragments}}") {
		return (synth(200, "fragments"));    # the cart of somebody who has none
	}
	{{end}}
	# The waiting page reloads the address that it stands at. Where that was a form, there
	# is nothing to load: press again.
	if (req.method == "GET" && req.url == "{{.Shop.Add}}") {
		return (synth(200, "again"));
	}
	{{if not .NoCache}}
	if (req.http.X-Class == "page" || req.http.X-Class == "file") {
		unset req.http.Cookie;
		# Click ids make no other page; a search is told by its words.
		if (req.url ~ "[?&]{{.Shop.Search}}=") {
			set req.url = regsub(req.url, "^([^?]*)\?(.*&)?({{.Shop.Search}}=[^&]*).*$", "\1?\3{{.Shop.SearchAlso}}");
		} else {
			set req.url = regsub(req.url, "\?.*$", "");
		}
		return (hash);
	}
	{{end}}
	{{if not .NoDoor}}
	# The door: so many new sessions in a time, three at once at most.
	if (req.http.X-Class == "door") {
		if (vsthrottle.is_denied("door", 3, {{.Every "door" 3}}s)) {
			return (synth(503, "wait"));
		}
		set req.backend_hint = door;
	}
	{{end}}
	return (pass);
}

sub vcl_hash {
	hash_data(req.url);      # one shop: the host is no part of the key
	return (lookup);
}

sub vcl_backend_response {
	set beresp.do_gzip = false;
	if (bereq.http.X-Class == "page" && beresp.status == 200) {
		set beresp.ttl = {{.PageS}}s;
		set beresp.grace = 1h;           # serve while it is fetched anew, or while the shop fails
		unset beresp.http.Set-Cookie;
		return (deliver);
	}
	if (bereq.http.X-Class == "file") {
		set beresp.grace = 1h;
		return (deliver);
	}
	if (beresp.status >= 500 && bereq.http.X-Class == "page" && bereq.is_bgfetch) {
		return (abandon);                # keep what is there
	}
	set beresp.uncacheable = true;
	set beresp.ttl = 0s;
	return (deliver);
}

sub vcl_deliver {
	if (req.http.X-Class == "page" || req.http.X-Class == "file") {
		if (obj.hits > 0) {
			set resp.http.Cache-Status = "varnish; hit";
		} elseif (resp.status == 200) {
			set resp.http.Cache-Status = "varnish; fwd=uri-miss; stored";
		}
	}
}

sub vcl_synth {
	if (resp.reason == "fragments") {
		set resp.http.Content-Type = "application/json";
		set resp.body = {"{{.Shop.EmptyCart}}"};
		return (deliver);
	}
	set resp.http.Content-Type = "text/html; charset=utf-8";
	if (resp.reason == "again") {
		set resp.http.Cache-Status = "varnish; hit";
		set resp.body = std.fileread("{{.Folder}}/again.html");
		return (deliver);
	}
	set resp.http.Retry-After = "{{.WaitS}}";
	set resp.http.Cache-Control = "no-store";
	set resp.body = std.fileread("{{.Folder}}/wait.html");   # read once
	return (deliver);
}

sub vcl_backend_error {
	set beresp.http.Content-Type = "text/html; charset=utf-8";
	set beresp.http.Retry-After = "{{.WaitS}}";
	set beresp.body = std.fileread("{{.Folder}}/wait.html");
	return (deliver);
}

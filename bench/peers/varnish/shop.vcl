# Varnish as somebody would set it up who wants it to win: hits of files whatever
# cookies there are, grace while a fresh answer is fetched, the rest handed on
# without ever waiting behind each other.
vcl 4.1;

import std;

backend shop {
	.host = "{{.OriginHost}}";
	.port = "{{.OriginPort}}";
	.connect_timeout = 5s;
	.first_byte_timeout = 60s;
}

sub vcl_recv {
	# The waiting status: Varnish has none; the same bytes, from memory.
	if (req.url == "{{.StatusPath}}") {
		return (synth(200));
	}
	if (req.method != "GET" && req.method != "HEAD") {
		return (pass);
	}
	{{if .NoCache}}
	return (pass);
	{{else}}
	# A file is the same for everybody; its cookies would keep it out of the cache.
	if (req.url ~ "\.(css|js|jpg|png|svg|woff2)$") {
		unset req.http.Cookie;
		return (hash);
	}
	# What nobody may keep is not worth a lookup, and must not be waited for.
	return (pass);
	{{end}}
}

sub vcl_hash {
	hash_data(req.url);      # one shop: the host is no part of the key
	return (lookup);
}

sub vcl_backend_response {
	set beresp.grace = 1h;   # serve while it is fetched anew, or while the shop fails
	set beresp.do_gzip = false;
}

sub vcl_synth {
	set resp.http.Content-Type = "application/json";
	set resp.http.Cache-Control = "no-store";
	set resp.body = std.fileread("{{.StatusFile}}");  # read once
	return (deliver);
}

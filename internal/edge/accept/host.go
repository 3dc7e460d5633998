package accept

import (
	"net/netip"
	"strconv"
	"strings"
)

// ValidHost reports whether host is a name or address with or without a port,
// as a shop can have: letters, digits, "-", "_" and "." in names, brackets
// around IPv6, ports 1 to 65535. net/http also lets through what the grammar of
// URIs allows ("a!$&'()*", "host:99999").
func ValidHost(host string) bool {
	name, port, hasPort := host, "", false
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return false
		}
		if a, err := netip.ParseAddr(host[1:end]); err != nil || !a.Is6() || a.Zone() != "" {
			return false
		}
		if host[end+1:] == "" {
			return true
		}
		port, hasPort = strings.CutPrefix(host[end+1:], ":")
		return hasPort && validPort(port)
	}
	if name, port, hasPort = strings.Cut(host, ":"); hasPort && !validPort(port) {
		return false
	}
	if name == "" || len(name) > 254 || name[0] == '.' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

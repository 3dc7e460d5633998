package lookout

import (
	"strconv"
	"strings"
)

// Price reads a price as shops write it: 59, 59.00, 59,00 zł, 1 234,56, 1.234,56,
// 1,234.56. It reports false of what is none, or none that anybody pays.
func Price(s string) (float64, bool) {
	if len(s) > 64 {
		return 0, false
	}
	var digits []byte
	var marks []int // places in digits before which a dot or a comma stood
	var kinds []byte
	began, ended := false, false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if ended {
				return 0, false // two numbers
			}
			digits, began = append(digits, byte(r)), true
		case (r == '.' || r == ',') && began && !ended:
			marks, kinds = append(marks, len(digits)), append(kinds, byte(r))
		case r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\'' || r == '’':
			// Between thousands; behind the number, before its currency.
		case (r == '-' || r == '−') && !began:
			return 0, false
		default:
			ended = began
		}
	}
	if len(digits) == 0 {
		return 0, false
	}
	for len(marks) > 0 && marks[len(marks)-1] == len(digits) { // "59,-" and "59 zł."
		marks, kinds = marks[:len(marks)-1], kinds[:len(kinds)-1]
	}
	point, ok := decimals(digits, marks, kinds)
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(digits[:point])+"."+string(digits[point:])+"0", 64)
	if err != nil || x <= 0 || x >= 1e9 {
		return 0, false
	}
	return x, true
}

// decimals is where the coins begin, by the dots and commas of a number: the last of them,
// if it is another than those before, or alone and not before three digits as between
// thousands.
func decimals(digits []byte, marks []int, kinds []byte) (point int, ok bool) {
	n := len(marks)
	if n == 0 {
		return len(digits), true
	}
	last := marks[n-1]
	thousands := len(digits)-last == 3
	switch {
	case n == 1 && (!thousands || last > 3 || digits[0] == '0'):
		return last, true
	case n == 1:
		return len(digits), true
	case kinds[n-1] != kinds[n-2]:
		marks, kinds = marks[:n-1], kinds[:n-1]
	case !thousands:
		return 0, false
	default:
		last = len(digits)
	}
	for i := 1; i < len(marks); i++ {
		if marks[i]-marks[i-1] != 3 || kinds[i] != kinds[0] {
			return 0, false
		}
	}
	return last, true
}

// currency is a code of three letters, or nothing.
func currency(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 3 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return s
}

// availability is the last part of schema.org's address, or what meta elements say.
func availability(s string) string {
	s = strings.TrimSpace(s)
	s = s[strings.LastIndexAny(s, "/:")+1:]
	switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(s)) {
	case "instock", "available", "limitedavailability", "onlineonly", "instoreonly":
		return "InStock"
	case "outofstock", "oos":
		return "OutOfStock"
	case "soldout":
		return "SoldOut"
	case "discontinued":
		return "Discontinued"
	case "preorder", "presale", "backorder", "availablefororder", "madetoorder", "reserved":
		return "PreOrder"
	}
	return ""
}

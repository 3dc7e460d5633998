// Package preset knows what is known of shops: it tells from a request alone
// what it is for ([falochron.Class]), which page means that an order was made,
// and which page a buyer lands on after paying. This first version is one
// classifier for shops nobody has described: by method, by the words that shops
// use in their paths (Polish and English) and by what clients declare.
//
// Its invariant: nothing a client writes can buy better treatment or hide that
// a page is personal. Words are compared with whole path segments, never with
// parts of one; a path that servers may read in two ways (dot segments, encoded
// slashes, semicolons, backslashes...) is never a file and never free of the
// line; a client that calls itself a robot or a prefetch gets less, never more.
// Back office, machines, notifications and returns from the bank, which the line
// does not apply to, are known by their place in the path, not by a word that
// anybody may add to a link.
//
// It does not guess at words it does not know (they are pages), knows no shop in
// particular, holds no state and does no input or output. Read
// [Classifier.Class] first; the words are in words.go, what is free of the line
// in free.go.
package preset

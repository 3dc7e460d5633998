// Package preset knows what is known of shops. From a request alone it tells what
// it is for ([falochron.Class]), whether its sender is anonymous, so that he may be
// shown what is the same for everybody ([Standing]), and which kind of shared page
// it asks for ([Kind]); from an answer, whether an order was made. Fourteen
// platforms are described as data ([Platform], one file each); the words that shops
// use in their paths, Polish and English, do for the rest, and for shops that
// nobody has described. [Recognise] tells from a shop's own answers which it is.
//
// Its invariants. Nothing a client writes can buy better treatment or hide that a
// page is personal: words are compared with whole path segments, never with parts
// of one; a path that servers may read in two ways (dot segments, encoded slashes,
// semicolons, backslashes...) is never a file, never of a kind and never free of the
// line; a client that calls itself a robot or a prefetch gets less, never more. Back
// office, machines, notifications and returns from the bank, which the line does not
// apply to, are known by their place in the path, not by a word that anybody may add
// to a link. What is not surely common is personal: a session from before the edge
// kept watch, a GraphQL document that is not understood, a page without its mark.
// A platform needs two signs to be recognised, and nothing is kept against the word
// of a shop that is not.
//
// It does not guess at words it does not know (they are pages), does not decide
// what is stored (that is fresh and cache), holds no state and does no input or
// output. Read [Classifier.Class] and [Classifier.Standing] first; the words are in
// words.go, what is free of the line in free.go, what the data of a platform means in
// platform.go. Every entry of that data has a name, by which a test takes it away
// ([Platform.Without]) and must notice.
package preset

// Package tale says in plain words, Polish or English, what the radar sees at a shop:
// whose post it is, when the wave began, how large it becomes, and who comes.
//
// Its one invariant: what is not known is said to be so, or left out; no figure is told
// without how sure it is. It is put together of parts, each of which is true alone.
//
// It refuses to decide what its reader may know: whoever fills a [Wave] has left out what
// is not for him. Read [Wave.Sentence] first.
package tale

// Package plan is the campaign room: who posts what and when, what is asked of
// whom until when, who has said yes, and whether the shop will hold.
//
// Its one invariant: the plan is the list of what people did. A [Book] holds
// nothing that does not follow from its acts, in their order. [Book.Decide] turns
// what somebody wants ([Command]) into an [Act] or a [Refusal], and changes nothing;
// [Book.Apply] takes the act in. The same acts make the same book, whoever folds
// them; acts of a newer release are counted and shown, never lost. Between the two
// the owner writes the act down, so that nobody is told "done" of what can be lost.
//
//	Command + Actor ──► Decide ──► Act ──► (written down) ──► Apply ──► views
//	                      └─► Refusal, with its reason
//
// It refuses to take anybody's word for readiness ([Book.Readiness] computes it),
// and it never forbids a post, a slip or a cancellation: it says what they clash
// with. Nobody confirms for somebody else. What an actor may do stands in one table
// ([Can]); what an actor may see is asked of the shops the party serves, and a host
// sees shop, time and size of campaigns, not names, links or coupons.
//
// It is pure: time comes in as now, zones as a function from their names, and what
// other rooms know as [Facts]. It has one owner and no lock. Read [Book] first, then
// the commands, then [Matrix].
package plan

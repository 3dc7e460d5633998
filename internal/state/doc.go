// Package state keeps on disk the little that must survive a crash: each shop's
// epoch, the highest sequence number that may have been issued, the seeds of
// announced starts, the last picture of the line, and the ticket keys.
//
// Its one invariant: no sequence number is ever handed out twice in an epoch.
// A block of numbers is on disk, file and folder synced, before [Shop.Reserve]
// returns it; after a crash the rest of the block is skipped, not reused.
//
// It refuses to understand what it keeps: the line and the keys are bytes to
// it. When the disk fails it says so and still hands out what the caller needs
// to go on in memory; the caller reports it. Without a folder ([Memory])
// everything lives as long as the process.
//
//	DIR/lock              held while a process uses the folder; holds its number
//	DIR/keys.json         ticket keys, mode 0600
//	DIR/shops/NAME/shop.json   epoch, reserved numbers, seeds of starts
//	DIR/shops/NAME/line        the last picture of the line, of which epoch
//	DIR/shops/NAME/sharing.json   what of its pages may be shared, and by whose word
//
// Read [Open] and [Shop.Reserve] first.
package state

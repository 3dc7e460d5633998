// Package sim plays a whole wave in virtual time: fans, the line, the shop in replicas,
// and whoever decides how many replicas there are.
//
// It is the one pure room that knows others: the line is [room.Room], the limit and the
// places are [admit.Limiter] and [admit.Places], ours among those who scale is
// [scale.Decider] with the detector of radar and the nowcast of forecast, all of them as
// they run live. People who wait are counted by the moment they came; only people inside
// are played one by one. So ten million fans cost seconds.
//
// Its one invariant: the same scenario, scaler and seed give the same result, to the
// last order; and every fan is somewhere: those who came are those who left the line, are
// in it, were let down inside, are inside or are done ([Result.Check]).
//
// It refuses to know the clock or files, and to be kinder to ours: every scaler sees the
// same crowd and the same shop, and the rivals are modelled after their documentation, as
// said in the comment of each.
//
// What is simpler here than in life: whoever is called and has not left comes; a request's
// time is fixed when it begins; and unless a story asks for what the edge does ([Scenario]'s
// FirstLook and New, [Replicas]' Sticky, SlowStart and Drain) a fan looks for the first time
// at once, a replica that is taken away ends with its requests, and each request goes where
// there is least to do.
//
// Read [Play] first, then scenario.go for what can be told, scaler.go for who decides.
package sim

// Package processes runs the replicas of a shop as copies of a command on this machine,
// each with a port of its own: for one virtual machine without containers.
//
// Its one invariant: no process is signalled that was not started from here. A number that
// the system has given to somebody else meanwhile is told by its start and by a mark in
// the environment, and the signal goes to what was looked at (pidfd). And nothing is left
// over for ever: a copy gets SIGTERM from the kernel when this program dies, however it
// dies, and what does not obey is ended at the next start ([Driver.Restore]).
//
// It refuses to be a supervisor of anything else, to keep copies alive without this
// program, and to let a command that fails at once fork without pause.
//
// Read [Driver.Scale] first, then replica.live for the life of one copy.
package processes

// Package docker is the driver of shops in containers: replicas of a container that its
// owner has labelled, or of a Compose service, on one Docker Engine or several.
//
// Its one invariant: a container is stopped or removed only if it carries our owner's
// label and still has the name that we gave it; whose it is stands in labels that nobody
// can change afterwards, and until when an order holds in a volume without content beside
// them, so that the next program can undo what this one has left.
//
// It refuses to pull images (it has no credentials), to publish a port on an address that
// nobody named, and to replace a replica that runs and is only slow: in a wave that is
// what all of them are.
//
// Read [Driver.Scale] first.
package docker

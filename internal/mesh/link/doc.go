// Package link is everything that a node of a mesh says to the servers, and hears from them: NATS with JetStream. It
// connects, makes the streams or checks them, stores, reads, follows, asks and serves. It decides nothing about
// daemons or nodes. Only subjects, errors and messages are in the edition without a mesh, which has no network code.
//
// No consumers of JetStream are used. A stream republishes what it has stored, and a reader that has read up to a
// sequence finds out by Message.Last whether it has missed something; Read gets that. So a daemon that idles costs
// the servers one subscription.
//
// The client (nats.go) could do much of this package, but would write on the caller's thread (see writer), hold
// back what it can't send and send it later, and not tell what was certainly not stored from what is in doubt.
//
// # Facts
//
// They were tried with server 2.15.3; the tests of this package show most of them.
//
//   - A republished message has Nats-Last-Sequence, the sequence of the message before it on the same subject. The
//     parts of an atomic batch are republished too, each with its own. It is 0 if no message of the subject is left, be
//     it after a purge.
//   - The expectation of a subject's last sequence goes with Nats-TTL. When a message's TTL is over, its place is
//     taken by a marker (Nats-Marker-Reason: MaxAge), which is stored, republished, and the subject's last message: the
//     next expectation is the marker's sequence, not 0. The marker goes after subject_delete_marker_ttl, silently.
//   - Purging by the API leaves no marker, so that followers don't see it. A message that a client stores with
//     Nats-Marker-Reason and a TTL is taken as it is: Remove.
//   - An atomic batch takes an expectation on its last message if no other part has the subject, Nats-Rollup for
//     each part, and a Nats-Msg-Id on the last part; a repetition of that is refused with 10201. What is wrong with any
//     part shows as the answer to the commit.
//   - Direct Get takes next_by_subj with seq, batch and max_bytes; the end is a message of status 204 with
//     Nats-Num-Pending, and 404 where there is none at all. It has one filter: Read asks once for each and merges.
//     multi_last takes patterns, and answers 413 above 1,024 subjects: LastOf lists them and asks again.
//   - A stream at its max_bytes with discard new answers 10077 "maximum bytes exceeded", a server at max_file_store
//     10023 "insufficient resources", an account at its limit 10002. Batches are refused in the same way. Purging
//     works, and makes room at once.
//   - A server whose disk is really full (max_file_store is above what is free) answers no publish at all, which is
//     ErrDoubt, and refuses purges with "no space left on device" (10051), even after a restart: somebody has to make
//     room first. By itself a server sets max_file_store to three quarters of what is free when it starts, and then
//     refuses in time.
//   - A server of a cluster that has no leader for JetStream answers nothing to its API, not even that; nobody
//     answers later either. What may be asked twice is therefore asked again every second. A leader that is killed takes
//     the acknowledgements of what it stored with it.
//   - An expectation that no longer holds is 10071 with the subject's real last sequence in its words.
package link

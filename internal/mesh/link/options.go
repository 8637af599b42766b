package link

import "time"

// Options say which mesh, and how it is reached. Names, Servers and Lease are required.
type Options struct {
	Names Names
	// Servers are URLs of one cluster: nats://HOST:PORT, tls://…; with user:password@ or token@ before the host.
	Servers []string
	// Credentials is a file with a JWT and a seed; CA a file with certificates; Cert and Key files of this node.
	// Empty: none.
	Credentials, TLSCA, TLSCert, TLSKey string

	Label string // names the connection in the server's lists
	Inbox string // prefix of the subjects for answers: Names.Inbox; empty: a random one below _INBOX

	Replicas int   // of each stream, 1 to 5; 0: 1
	MaxBytes int64 // of each event stream; 0: what the servers have
	// Settings are further numbers that all nodes of the mesh must agree on, by the names of their keys below
	// "mesh": they are recorded by the first node.
	Settings map[string]int64

	Lease          time.Duration // of a node; pings go every sixth of it
	StartTimeout   time.Duration // for Open; 0: 5 s
	RequestTimeout time.Duration // where a context has no deadline; 0: 5 s

	// Log may be nil. Levels are "info", "warn", "error".
	Log func(level, message string)
}

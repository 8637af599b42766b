package config

// What Mesh.Events may be.
const (
	Durable = "durable" // events are stored in the mesh before they are accepted
	Direct  = "direct"  // events of the own node go straight to the daemon's inbox
)

// Mesh says how a node takes part in a mesh. In every field but CommitMS 0, or the empty
// string, means the default: see DefaultMesh. Times are in milliseconds.
type Mesh struct {
	// Servers are the URLs of the servers, tried in this order. Required.
	Servers []string

	// Name is that of the mesh: letters, digits, _ and -, 64 of them at most. Default: meshos.
	Name string

	// Credentials is a file with the credentials for the servers. Default: none.
	Credentials string

	// TLSCA is a file with the certificates of those who may have signed the servers'
	// certificates. TLSCert and TLSKey are files with the node's own. Default: none.
	TLSCA, TLSCert, TLSKey string

	// Replicas is on how many servers everything is stored, Streams on how many streams the
	// daemons are spread. The first node makes both for the mesh. Default: 1.
	Replicas, Streams uint64

	// Events is Durable or Direct. Default: Durable.
	Events string

	// BeatIntervalMS is the time between two beats of the node. Default: 1,000.
	BeatIntervalMS uint64

	// LeaseMS is how long a node that is not heard of keeps its daemons; whole seconds.
	// Default: 5,000, and 15,000 with several replicas.
	LeaseMS uint64

	// StartTimeoutMS is how long a start may look for a server, and wait for the lease of an earlier run of the
	// node that hangs. Default: LeaseMS and 5,000.
	StartTimeoutMS uint64

	// RequestTimeoutMS is how long a call waits for the mesh. Default: 5,000, and 12,000 with
	// several replicas.
	RequestTimeoutMS uint64

	// CommitEvents is after how many events a daemon's progress is committed at the latest,
	// CommitMS how long after the first of them, where 0 means at once. Default: 256 and 20.
	CommitEvents, CommitMS uint64

	// DedupOrigins is how many origins a daemon remembers, DedupWindow how many sequences of
	// each. Default: 1,000 and 1,000.
	DedupOrigins, DedupWindow uint64

	// WaitingMaxBytes is how many bytes of events may be stored for one daemon that it has not
	// processed. Default: 1 GiB.
	WaitingMaxBytes uint64

	// DeadLetterAfter is how often an event is tried that always fails. Default: 3.
	DeadLetterAfter uint64

	// Operators are the ed25519 public keys, in 64 hex digits, whose orders the node takes.
	// Default: none, and no orders.
	Operators []string
}

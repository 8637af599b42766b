package config

import (
	"encoding/hex"
	"math"
	"os"
	"slices"
	"strings"

	"netmeshos/internal/fault"
)

// The rows below define the keys of the object "mesh", as those of keys.go do for the
// configuration: each has a field in Mesh and a line in net_meshos_ext.h. A number that
// isn't given has its default, and where 0 makes no sense so has 0.

const meshKey = "mesh"

type meshNumber struct {
	name          string
	field         func(*Mesh) *uint64
	fallback, max uint64
	zero          bool // 0 is a value
}

// What the servers need to elect another leader, so that no node takes that for the end of another.
const (
	replicatedLeaseMS   = 15_000
	replicatedRequestMS = 12_000
)

// A start that finds the lease of an earlier run, which hangs, waits for the end of that lease, and has so long besides.
const startMarginMS = 5_000

var meshNumbers = []meshNumber{
	{"replicas", func(m *Mesh) *uint64 { return &m.Replicas }, 1, 5, false},
	{"streams", func(m *Mesh) *uint64 { return &m.Streams }, 1, 64, false},
	{"beat_interval_ms", func(m *Mesh) *uint64 { return &m.BeatIntervalMS }, 1_000, 3_600_000, false},
	{"lease_ms", func(m *Mesh) *uint64 { return &m.LeaseMS }, 5_000, 86_400_000, false},
	{"start_timeout_ms", func(m *Mesh) *uint64 { return &m.StartTimeoutMS }, startMarginMS, math.MaxInt32, false},
	{"request_timeout_ms", func(m *Mesh) *uint64 { return &m.RequestTimeoutMS }, 5_000, math.MaxInt32, false},
	{"commit_events", func(m *Mesh) *uint64 { return &m.CommitEvents }, 256, 65_536, false},
	{"commit_ms", func(m *Mesh) *uint64 { return &m.CommitMS }, 20, 60_000, true},
	{"dedup_origins", func(m *Mesh) *uint64 { return &m.DedupOrigins }, 1_000, 1_000_000, false},
	{"dedup_window", func(m *Mesh) *uint64 { return &m.DedupWindow }, 1_000, 1_000_000, false},
	{"waiting_max_bytes", func(m *Mesh) *uint64 { return &m.WaitingMaxBytes }, DefaultWaiting, math.MaxInt64, false},
	{"dead_letter_after", func(m *Mesh) *uint64 { return &m.DeadLetterAfter }, 3, 1_000_000, false},
}

var meshWords = []struct {
	word
	field func(*Mesh) *string
}{
	{word{name: "events", fallback: Durable, allowed: []string{Durable, Direct}}, func(m *Mesh) *string { return &m.Events }},
}

// meshTexts are keys whose value is a string; file says that it names one that must be there.
var meshTexts = []struct {
	name  string
	field func(*Mesh) *string
	file  bool
}{
	{"name", func(m *Mesh) *string { return &m.Name }, false},
	{"credentials", func(m *Mesh) *string { return &m.Credentials }, true},
	{"tls_ca", func(m *Mesh) *string { return &m.TLSCA }, true},
	{"tls_cert", func(m *Mesh) *string { return &m.TLSCert }, true},
	{"tls_key", func(m *Mesh) *string { return &m.TLSKey }, true},
}

var meshLists = []struct {
	name  string
	field func(*Mesh) *[]string
}{
	{"servers", func(m *Mesh) *[]string { return &m.Servers }},
	{"operators", func(m *Mesh) *[]string { return &m.Operators }},
}

const defaultMeshName = "meshos"

// DefaultWaiting is waiting_max_bytes where nothing else is said.
const DefaultWaiting = 1 << 30

// DefaultMesh returns a mesh with these servers and the defaults of everything else.
func DefaultMesh(servers ...string) *Mesh { return &Mesh{Servers: servers, CommitMS: 20} }

// badKey is an error with the key of the mesh that it is about, for the place in the text.
type badKey struct {
	key string
	err *fault.Error
}

func bad(key, format string, args ...any) *badKey {
	return &badKey{key, fault.New(fault.InvalidArgument, meshKey+"."+key+" "+format, args...)}
}

func meshKeyNames() []string {
	var names []string
	for _, k := range meshNumbers {
		names = append(names, k.name)
	}
	for _, k := range meshWords {
		names = append(names, k.name)
	}
	for _, k := range meshTexts {
		names = append(names, k.name)
	}
	for _, k := range meshLists {
		names = append(names, k.name)
	}
	return names
}

// completeMesh checks a mesh and fills in the defaults.
func completeMesh(m Mesh) (*Mesh, *badKey) {
	replicated := m.Replicas > 1
	for _, k := range meshNumbers {
		field := k.field(&m)
		if *field > k.max {
			return nil, bad(k.name, "is %d, but must not be greater than %d", *field, k.max)
		}
		if *field != 0 || k.zero {
			continue
		}
		*field = k.fallback
		switch {
		case replicated && k.name == "lease_ms":
			*field = replicatedLeaseMS
		case replicated && k.name == "request_timeout_ms":
			*field = replicatedRequestMS
		case k.name == "start_timeout_ms":
			*field += m.LeaseMS // whose row is before this one
		}
	}
	for _, k := range meshWords {
		if *k.field(&m) == "" {
			*k.field(&m) = k.fallback
		}
		k.word.name = meshKey + "." + k.name
		if err := k.check(*k.field(&m)); err != nil {
			return nil, &badKey{k.name, err}
		}
	}
	if m.Name == "" {
		m.Name = defaultMeshName
	}
	for _, check := range []func(*Mesh) *badKey{checkServers, checkName, checkTimes, checkFiles, checkOperators} {
		if err := check(&m); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

func checkServers(m *Mesh) *badKey {
	if len(m.Servers) == 0 {
		return bad("servers", `is missing: name at least one, such as ["nats://127.0.0.1:4222"]`)
	}
	if i := slices.IndexFunc(m.Servers, func(s string) bool { return s == "" || strings.ContainsAny(s, " \t\r\n,\x00") }); i >= 0 {
		return bad("servers", "has an entry %d that is no URL", i)
	}
	return nil
}

// longestName is that of a mesh; it becomes part of subjects and streams.
const longestName = 64

func checkName(m *Mesh) *badKey {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if len(m.Name) > longestName || strings.Trim(m.Name, allowed) != "" {
		return bad("name", "is %q, but must be at most %d letters, digits, _ and -", fault.Shorten(m.Name), longestName)
	}
	return nil
}

func checkTimes(m *Mesh) *badKey {
	switch {
	case m.LeaseMS%1_000 != 0:
		return bad("lease_ms", "is %d, but must be whole seconds, a multiple of 1000", m.LeaseMS)
	case m.Replicas > 1 && m.LeaseMS < replicatedLeaseMS:
		return bad("lease_ms", "is %d, but with several replicas must be at least %d, because the servers elect for up to 9 seconds", m.LeaseMS, replicatedLeaseMS)
	case m.Replicas > 1 && m.RequestTimeoutMS < replicatedRequestMS:
		return bad("request_timeout_ms", "is %d, but with several replicas must be at least %d, because the servers elect for up to 9 seconds", m.RequestTimeoutMS, replicatedRequestMS)
	}
	return nil
}

func checkFiles(m *Mesh) *badKey {
	for _, k := range meshTexts {
		path := *k.field(m)
		if !k.file || path == "" {
			continue
		}
		if _, err := readFile(path); err != nil {
			return bad(k.name, "names a file that can't be read: %w", withoutText(err))
		}
	}
	switch {
	case m.TLSCert != "" && m.TLSKey == "":
		return bad("tls_key", "is missing: %s.tls_cert needs the key of its certificate", meshKey)
	case m.TLSKey != "" && m.TLSCert == "":
		return bad("tls_cert", "is missing: %s.tls_key needs the certificate of its key", meshKey)
	}
	return nil
}

// withoutText returns an error of a file without its path, which may be long.
func withoutText(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}

func checkOperators(m *Mesh) *badKey {
	for i, key := range m.Operators {
		if raw, err := hex.DecodeString(key); err != nil || len(raw) != 32 {
			return bad("operators", "has an entry %d that is no ed25519 public key in 64 hex digits", i)
		}
	}
	return nil
}

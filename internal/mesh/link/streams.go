//go:build mesh

package link

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"netmeshos/internal/fault"
)

// stream is the configuration of a stream, as far as the mesh decides it. What it leaves out (limits of size above
// all) is the operator's.
type stream struct {
	Name           string            `json:"name"`
	Description    string            `json:"description,omitempty"`
	Subjects       []string          `json:"subjects"`
	Retention      string            `json:"retention"`
	Storage        string            `json:"storage"`
	Discard        string            `json:"discard"`
	Replicas       int               `json:"num_replicas"`
	MaxConsumers   int64             `json:"max_consumers"`
	MaxMessages    int64             `json:"max_msgs"`
	MaxBytes       int64             `json:"max_bytes"`
	MaxAge         time.Duration     `json:"max_age"`
	PerSubject     int64             `json:"max_msgs_per_subject"`
	MaxMessageSize int64             `json:"max_msg_size"`
	Duplicates     time.Duration     `json:"duplicate_window"`
	First          uint64            `json:"first_seq,omitempty"`
	Republish      *republish        `json:"republish,omitempty"`
	Direct         bool              `json:"allow_direct"`
	Rollup         bool              `json:"allow_rollup_hdrs"`
	Atomic         bool              `json:"allow_atomic"`
	TTL            bool              `json:"allow_msg_ttl"`
	MarkerTTL      time.Duration     `json:"subject_delete_marker_ttl,omitempty"`
	NoAck          bool              `json:"no_ack"`
	Sealed         bool              `json:"sealed"`
	DenyDelete     bool              `json:"deny_delete"`
	DenyPurge      bool              `json:"deny_purge"`
	Metadata       map[string]string `json:"metadata,omitempty"`
}

type republish struct {
	Source      string `json:"src"`
	Destination string `json:"dest"`
	HeadersOnly bool   `json:"headers_only,omitempty"`
}

// plain is a stream that keeps everything until it is removed, and refuses what it has no room for.
func (l *Link) plain(name, what, subject string) stream {
	return stream{
		Name: name, Description: what + " of the mesh " + l.options.Names.Name, Subjects: []string{subject},
		Retention: "limits", Storage: "file", Discard: "new", Replicas: l.options.Replicas,
		MaxConsumers: -1, MaxMessages: -1, MaxBytes: -1, PerSubject: -1, MaxMessageSize: -1,
		Duplicates: 2 * time.Minute, Metadata: map[string]string{"meshos": "1"},
	}
}

func (l *Link) eventStream(k int) stream {
	n := l.options.Names
	s := l.plain(n.Stream(k), "Events, commits and states", fmt.Sprintf("meshos.%s.ev.%d.>", n.Name, k))
	if l.options.MaxBytes > 0 {
		s.MaxBytes = l.options.MaxBytes
	}
	s.Republish = &republish{Source: s.Subjects[0], Destination: n.Republished(s.Subjects[0])}
	s.Direct, s.Rollup, s.Atomic = true, true, true
	return s
}

func (l *Link) metaStream() stream {
	n := l.options.Names
	s := l.plain(n.MetaStream(), "Leases, registrations and subscriptions", n.meta(">"))
	s.PerSubject, s.TTL, s.MarkerTTL = 1, true, markerTTL
	s.Republish = &republish{Source: s.Subjects[0], Destination: n.Republished(s.Subjects[0])}
	s.Direct, s.Rollup, s.Atomic = true, true, true
	s.Discard = "old" // with one message a subject, "new" would refuse the next one where subjects are limited
	return s
}

// markerTTL is how long a lease that is over leaves a marker behind.
const markerTTL = time.Minute

func (l *Link) auditStream() stream {
	n := l.options.Names
	s := l.plain(n.AuditStream(), "Orders that nodes have carried out", n.Audit())
	s.Direct, s.DenyDelete, s.DenyPurge = true, true, true
	return s
}

// makeStream makes a stream, or looks whether the one of that name is as it must be. Many nodes may do it at once.
func (l *Link) makeStream(ctx context.Context, want stream) *fault.Error {
	for {
		have, err := l.stream(ctx, "INFO", want.Name, nil)
		if codeOf(err) == codeNoStream {
			have, err = l.stream(ctx, "CREATE", want.Name, want)
		}
		code := codeOf(err)
		switch {
		case err == nil:
			return differs(want, have)
		case code == codeNameTaken: // by another node, which was faster: look what it has made
			continue
		case code != codeNoPeers && !errors.Is(err, ErrFull): // which pass, where servers have just been started
			return l.noStream(want, err)
		}
		select {
		case <-time.After(pause(3, l.options.Lease)):
		case <-ctx.Done():
			return l.noStream(want, err)
		}
	}
}

// JetStream's error codes about streams.
const (
	codeNoStream  = 10059
	codeNameTaken = 10058
	codeOverlap   = 10065 // subjects overlap with an existing stream
	codeAlone     = 10074 // replicas without a cluster
	codeNoPeers   = 10005 // too few servers for the replicas
)

func codeOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// stream asks JetStream about one stream.
func (l *Link) stream(ctx context.Context, verb, name string, request any) (stream, error) {
	var answer struct {
		Config stream `json:"config"`
	}
	err := l.api(ctx, "STREAM."+verb+"."+name, request, &answer)
	return answer.Config, err
}

// noStream says why there can be no such stream.
func (l *Link) noStream(want stream, err error) *fault.Error {
	switch codeOf(err) {
	case codeOverlap:
		return fault.New(fault.ConfigInvalid, "another stream of the servers has subjects of the mesh (%s), which is not this library's: take another mesh.name", want.Subjects[0])
	case codeAlone:
		return fault.New(fault.ConfigInvalid, "mesh.replicas: the servers can't keep %d replicas: %w", want.Replicas, err)
	case codeNoPeers:
		return l.unusable(fmt.Sprintf("mesh.replicas: no %d servers could be found in time that have room for stream %s", want.Replicas, want.Name), err)
	}
	return l.unusable("stream "+want.Name+" can't be had", err)
}

// differs says what makes a stream another's, or unfit for the mesh.
func differs(want, have stream) *fault.Error {
	if have.Metadata["meshos"] == "" {
		return fault.New(fault.ConfigInvalid, "stream %s was not made by this library: take another mesh.name, or remove it", want.Name)
	}
	if v := have.Metadata["meshos"]; v != want.Metadata["meshos"] {
		return fault.New(fault.ConfigInvalid, "stream %s has the format %s, and this version of the library knows %s", want.Name, v, want.Metadata["meshos"])
	}
	if want.Replicas != have.Replicas {
		return fault.New(fault.ConfigInvalid, "mesh.replicas is %d here, and %d in the mesh: stream %s", want.Replicas, have.Replicas, want.Name)
	}
	for _, setting := range []struct {
		name       string
		same       bool
		want, have any
	}{
		{"subjects", slices.Equal(want.Subjects, have.Subjects), want.Subjects, have.Subjects},
		{"retention", want.Retention == have.Retention, want.Retention, have.Retention},
		{"storage", want.Storage == have.Storage, want.Storage, have.Storage},
		{"discard", want.Discard == have.Discard, want.Discard, have.Discard},
		{"max_age", want.MaxAge == have.MaxAge, want.MaxAge, have.MaxAge},
		{"max_msgs_per_subject", want.PerSubject == have.PerSubject, want.PerSubject, have.PerSubject},
		{"republish", same(want.Republish, have.Republish), text(want.Republish), text(have.Republish)},
		{"allow_direct", want.Direct == have.Direct, want.Direct, have.Direct},
		{"allow_rollup_hdrs", want.Rollup == have.Rollup, want.Rollup, have.Rollup},
		{"allow_atomic", want.Atomic == have.Atomic, want.Atomic, have.Atomic},
		{"allow_msg_ttl", want.TTL == have.TTL, want.TTL, have.TTL},
		{"no_ack", want.NoAck == have.NoAck, want.NoAck, have.NoAck},
		{"sealed", want.Sealed == have.Sealed, want.Sealed, have.Sealed},
		{"deny_purge", want.DenyPurge || !have.DenyPurge, want.DenyPurge, have.DenyPurge}, // an earlier audit stream may have none
	} {
		if !setting.same {
			return fault.New(fault.ConfigInvalid, "stream %s can't be used: its %s is %v, and must be %v", want.Name, setting.name, setting.have, setting.want)
		}
	}
	return nil
}

func same(a, b *republish) bool { return a == b || (a != nil && b != nil && *a == *b) }

func text(r *republish) string {
	if r == nil {
		return "none"
	}
	return r.Source + " to " + r.Destination
}

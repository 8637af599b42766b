//go:build mesh

package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
)

// leader is the server that stores a stream's messages first.
func leader(t *testing.T, l *Link, servers []*meshtest.Server, stream string) *meshtest.Server {
	t.Helper()
	for ctx := within(t); ctx.Err() == nil; {
		var info struct {
			Cluster struct {
				Leader string `json:"leader"`
			} `json:"cluster"`
		}
		if err := l.api(ctx, "STREAM.INFO."+stream, nil, &info); err != nil {
			t.Fatal(err)
		}
		var i int
		if _, err := fmt.Sscanf(info.Cluster.Leader, "n%d", &i); err == nil {
			return servers[i]
		}
	}
	t.Fatal("the stream has no leader")
	return nil
}

// Two nodes store with expectations on three servers, of which the leader is killed again and again. What is in
// doubt is settled as a driver does it. Nothing that was acknowledged is lost, nothing is there twice, and a
// follower that fills its gaps has everything in order.
func TestThreeServersWhoseLeaderIsKilled(t *testing.T) {
	servers := meshtest.StartCluster(t, 3, "")
	o := options(servers[0])
	o.Replicas = 3
	for _, s := range servers[1:] {
		o.Servers = append(o.Servers, s.URL)
	}
	var links []*Link
	for range 2 {
		links = append(links, open(t, o))
	}
	watcher := open(t, o)
	ctx, n := within(t), watcher.Names()
	const id, each, kills = 4, 300, 2
	subject, stream := n.Log(id), n.StreamOf(id)
	into := follow(t, watcher, subject)

	progress := make(chan struct{}, 2*each)
	var group sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]uint64{}
	for w, l := range links {
		group.Add(1)
		go func() {
			defer group.Done()
			last := uint64(0)
			for i := range each {
				text := fmt.Sprintf("%d.%d", w, i)
				for {
					// A leader that is killed takes the answer with it.
					brief, cancel := context.WithTimeout(ctx, 2*time.Second)
					sequence, err := l.Store(brief, subject, []byte(text), Storing{Expect: &last})
					cancel()
					if err == nil {
						last = sequence
						mu.Lock()
						acknowledged[text] = sequence
						mu.Unlock()
						break
					}
					if ctx.Err() != nil {
						t.Errorf("%s: %v", text, err)
						return
					}
					if errors.Is(err, ErrDown) {
						_ = l.Wait(ctx) // the next Store tells
						continue
					}
					if !errors.Is(err, ErrConflict) && !errors.Is(err, ErrDoubt) {
						t.Errorf("%s: %v", text, err)
						return
					}
					// The other's, or our own that was in doubt.
					if m, done := settle(t, l, stream, subject, last, text); done {
						last = m
						break
					} else if m > 0 {
						last = m
					}
				}
				progress <- struct{}{}
			}
		}()
	}
	for k := range kills {
		for range each / 2 {
			<-progress
		}
		killed := leader(t, watcher, servers, stream)
		killed.Kill(t)
		t.Logf("kill %d: %s", k, killed.URL)
		killed.Restart(t)
	}
	group.Wait()

	// The follower.
	position, followed := uint64(0), 0
	end, err := watcher.Last(ctx, subject)
	for errors.Is(err, ErrDoubt) || errors.Is(err, ErrDown) {
		end, err = watcher.Last(ctx, subject)
	}
	if err != nil {
		t.Fatal(err)
	}
	read := func() {
		for {
			list, err := watcher.Read(ctx, stream, []string{subject}, position+1, 1000)
			if err != nil || len(list) == 0 {
				return
			}
			followed += len(list)
			position = list[len(list)-1].Sequence
		}
	}
	for position < end.Sequence {
		m := next(t, into)
		switch {
		case m.Gap || m.Last > position:
			read()
		case m.Sequence > position:
			position = m.Sequence
			followed++
		}
	}
	count := map[string]uint64{}
	position = 0
	total := 0
	for position < end.Sequence {
		list, err := watcher.Read(ctx, stream, []string{subject}, position+1, 1000)
		if err != nil {
			continue
		}
		for _, m := range list {
			if count[string(m.Data)] != 0 {
				t.Errorf("%s is there twice", m.Data)
			}
			count[string(m.Data)] = m.Sequence
			position = m.Sequence
			total++
		}
	}
	if len(count) != 2*each || followed != total {
		t.Errorf("%d messages are there, of which %d were followed; want %d", len(count), followed, 2*each)
	}
	for text, sequence := range acknowledged {
		if count[text] != sequence {
			t.Errorf("%s was acknowledged as %d, and is %d", text, sequence, count[text])
		}
	}
}

// A cluster that is being started has too few servers at first. A start waits for them, as long as it may.
func TestOpenWaitsForServersOfACluster(t *testing.T) {
	cluster := meshtest.Cluster(t, 3, 2, "")
	o := options(meshtest.Start(t, cluster[0]))
	meshtest.Start(t, cluster[1])
	open(t, o) // they have a leader
	o.Names.Name, o.Replicas = "replicated", 3
	brief := o
	brief.StartTimeout = 15 * time.Second // an answer with the reason comes well within it
	refuses(t, brief, fault.MeshUnavailable, "mesh.replicas", "no 3 servers", "10005")
	opened := make(chan *fault.Error, 1)
	go func() {
		l, f := Open(context.Background(), o)
		if f == nil {
			l.Close()
		}
		opened <- f
	}()
	meshtest.Start(t, cluster[2])
	if f := <-opened; f != nil {
		t.Error(f)
	}
}

// settle reads from the leader what has come of a message that may have been stored: the subject's last sequence, and
// whether the message is there.
func settle(t *testing.T, l *Link, stream, subject string, after uint64, text string) (last uint64, done bool) {
	ctx := within(t)
	for ctx.Err() == nil {
		m, err := l.Last(ctx, subject)
		if errors.Is(err, ErrNone) {
			return 0, false
		}
		if err != nil {
			continue
		}
		if string(m.Data) == text {
			return m.Sequence, true
		}
		// Others may have been stored after it. Replicas may not have it yet: only what reaches the last counts.
		position := after
		for position < m.Sequence {
			list, err := l.Read(ctx, stream, []string{subject}, position+1, 1000)
			if err != nil || len(list) == 0 {
				break
			}
			for _, have := range list {
				if string(have.Data) == text {
					return m.Sequence, true
				}
			}
			position = list[len(list)-1].Sequence
		}
		if position >= m.Sequence {
			return m.Sequence, false
		}
	}
	t.Error("it can't be settled")
	return 0, false
}

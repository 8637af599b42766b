//go:build mesh

package link

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Following is a set of subjects whose messages go into one channel. All methods are safe from any goroutine.
type Following struct {
	link *Link
	pump *pump

	mu     sync.Mutex // guards what follows
	subs   map[string]*nats.Subscription
	closed bool
}

// Follow sends every message of the subjects (patterns too) into the channel from now on: those that are stored,
// once they are, and those that are only published. Subjects are the stored ones: Names.Log, not
// Republished; they must not overlap. A message whose Last is above what the reader has read has others before it,
// which Read gets. Where messages may be missing without a later one to show it (the connection was lost, the
// reader was slow) there comes a Message with Gap. When Follow returns, the server knows the subjects: what is
// stored from then on comes, or a Gap does. Errors: ErrDown, ErrRefused.
func (l *Link) Follow(subjects []string, into chan<- Message) (*Following, error) {
	f := &Following{link: l, subs: map[string]*nats.Subscription{}}
	f.pump = newPump(l.options.Names, into)
	l.following.Lock()
	if l.following.set == nil {
		l.following.Unlock()
		f.pump.end()
		return nil, errClosed
	}
	l.following.set[f] = struct{}{}
	l.following.Unlock()
	if err := f.Add(subjects...); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Add adds subjects; when it returns, the server knows them, or it will once there is a connection, and then a Gap
// comes. Subjects that are there stay.
func (f *Following) Add(subjects ...string) error {
	l := f.link
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errClosed
	}
	ctx, cancel := l.limit(context.Background())
	defer cancel()
	err := l.writer.run(ctx, func(conn *nats.Conn) error {
		for _, subject := range subjects {
			if f.subs[subject] != nil {
				continue
			}
			sub, err := conn.ChanSubscribe(l.options.Names.Republished(subject), f.pump.in)
			if err != nil {
				return &Error{Class: ErrDown, Detail: err.Error()}
			}
			f.subs[subject] = sub
		}
		return nil
	})
	if err != nil {
		return err
	}
	if l.Up() {
		err := l.roundTrip(ctx)
		if err != nil && l.Up() {
			return err
		}
		for _, subject := range subjects {
			if err != nil {
				break
			}
			if refused := l.denied(l.options.Names.Republished(subject)); refused != nil {
				_ = f.remove(subjects)
				return refused
			}
		}
	}
	l.again(f)
	return nil
}

// Remove takes subjects out. Messages that are on their way may still come.
func (f *Following) Remove(subjects ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.remove(subjects)
}

func (f *Following) remove(subjects []string) error {
	// However long it takes: a subscription that stays has no reader.
	return f.link.writer.run(context.Background(), func(*nats.Conn) error {
		for _, subject := range subjects {
			if sub := f.subs[subject]; sub != nil {
				_ = sub.Unsubscribe() // fails only where it is none any more
				f.pump.forget(sub)
				delete(f.subs, subject)
			}
		}
		return nil
	})
}

// Close ends it. Nothing is sent into the channel once it has returned.
func (f *Following) Close() {
	f.link.following.Lock()
	delete(f.link.following.set, f)
	f.link.following.Unlock()
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		all := make([]string, 0, len(f.subs))
		for subject := range f.subs {
			all = append(all, subject)
		}
		_ = f.remove(all) // fails only where the connection has been closed
	}
	f.mu.Unlock()
	f.end()
}

func (f *Following) end() { f.pump.end() }

// has tells whether a subscription is one of this set.
func (f *Following) has(sub *nats.Subscription) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.subs {
		if s == sub {
			return true
		}
	}
	return false
}

// gaps tells all readers that everything may have happened since they last got a message.
func (l *Link) gaps() {
	l.following.Lock()
	defer l.following.Unlock()
	for f := range l.following.set {
		f.pump.gap()
		l.again(f)
	}
}

// settling is when servers of a cluster certainly know what is subscribed at another.
const settling = time.Second

// again tells a reader once more to look, where the server that stores may not yet have heard from this node's
// server what it has subscribed to.
func (l *Link) again(f *Following) {
	if l.Clustered() {
		time.AfterFunc(settling, f.pump.gap)
	}
}

// suspect notes that the client has dropped messages of a subscription.
func (l *Link) suspect(sub *nats.Subscription) {
	l.following.Lock()
	set := make([]*Following, 0, len(l.following.set))
	for f := range l.following.set {
		set = append(set, f)
	}
	l.following.Unlock()
	for _, f := range set {
		if f.has(sub) {
			f.pump.suspect(sub)
			return
		}
	}
	l.log("warn", "Requests were dropped, because this node takes them too slowly")
}

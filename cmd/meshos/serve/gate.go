package serve

import (
	"context"
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// posts are the subjects of the events that are posted to daemons, in every mesh. Commits have others.
const posts = "meshos.*.ev.*.*.in"

// refused is where posts go while they are refused: a subject that nothing stores.
const refused = "_MESHOS.refused"

// answer is JetStream's own for a store without room, which every client knows.
const answer = `{"type":"io.nats.jetstream.api.v1.pub_ack","error":{"code":503,"err_code":10047,` +
	`"description":"insufficient storage: posts are refused until daemons have processed what is stored"},"stream":"","seq":0}`

// A gate lets posts in, or has them answered that there is no room. The server does it by mapping their subject for
// all clients, so that it costs nothing while the gate is open.
type gate struct {
	server  *server.Server
	doors   []door
	inside  []*nats.Conn
	refuses bool
}

// A door is the way into one account of the server.
type door struct {
	account string
	options []nats.Option
}

func newGate(s *server.Server, doors []door) (*gate, error) {
	g := &gate{server: s, doors: doors}
	for _, d := range doors {
		conn, err := nats.Connect("", append([]nats.Option{nats.InProcessServer(s), nats.Name("meshos up")}, d.options...)...)
		if err != nil {
			g.close()
			return nil, fmt.Errorf("the server doesn't let its own watch in: %w", err)
		}
		g.inside = append(g.inside, conn)
		if _, err := conn.Subscribe(refused, func(m *nats.Msg) { _ = m.Respond([]byte(answer)) }); err != nil {
			g.close()
			return nil, err
		}
		if err := conn.Flush(); err != nil { // the server knows it then
			g.close()
			return nil, err
		}
	}
	return g, nil
}

func (g *gate) close() {
	for _, conn := range g.inside {
		conn.Close()
	}
}

// set refuses posts from now on, or lets them in.
func (g *gate) set(refuse bool) error {
	for _, d := range g.doors {
		account, err := g.server.LookupAccount(d.account)
		if err != nil {
			return err
		}
		if !refuse {
			account.RemoveMapping(posts)
		} else if err := account.AddMapping(posts, refused); err != nil {
			return err
		}
	}
	g.refuses = refuse
	return nil
}

// watch opens and closes the gate until ctx is over.
func (g *gate) watch(ctx context.Context, r *room, told *logger) {
	timer := newTimer()
	defer timer.Stop()
	for {
		left, err := g.look(r)
		if err != nil {
			told.Errorf("how much room there is: %v", err)
		} else if err := g.decide(left, r, told); err != nil {
			told.Errorf("posts could not be refused: %v", err)
		}
		timer.Reset(r.pause(left))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

func (g *gate) look(r *room) (left int64, err error) {
	info, err := g.server.Jsz(nil)
	if err != nil {
		return 0, err
	}
	return r.left(int64(info.Store))
}

func (g *gate) decide(left int64, r *room, told *logger) error {
	switch {
	case left <= 0 && !g.refuses:
		told.Warnf("the store is nearly full: posts are refused until there are %s more", size(r.again()-left))
		return g.set(true)
	case left >= r.again() && g.refuses:
		told.Warnf("the store has room again: posts are taken")
		return g.set(false)
	}
	return nil
}

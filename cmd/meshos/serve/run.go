package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// readyWithin is how long a server may take from its start until it takes connections: it reads its store first.
const readyWithin = 5 * time.Minute

// Run runs a server until ctx is over, and writes one line to out when the server is ready. It returns nil after an end
// in order.
func Run(ctx context.Context, o Options, out, log io.Writer) error {
	store, err := openStore(o.Store)
	if err != nil {
		return err
	}
	defer store.close()
	for option, at := range map[string]string{"--listen": o.Listen, "--cluster": o.Cluster, "--http": o.HTTP} {
		if at == "" {
			continue
		}
		if err := free(option, at); err != nil {
			return err
		}
	}
	most, err := bytesOf(o.Max)
	if err != nil {
		return err
	}
	space, err := roomOf(store, most)
	if err != nil {
		return err
	}
	settings, err := o.settings(space.max)
	if err != nil {
		return err
	}
	doors, err := o.doors(settings)
	if err != nil {
		return err
	}
	o.share()
	s, err := server.NewServer(settings)
	if err != nil {
		return fmt.Errorf("the server refuses its settings: %w", err)
	}
	told := newLogger(log, o.Verbose)
	s.SetLoggerV2(told, false, false, false)
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if err := ready(ctx, s, told); err != nil {
		return err
	}
	return o.serve(ctx, s, doors, space, told, out)
}

// serve watches the store until the end.
func (o *Options) serve(ctx context.Context, s *server.Server, doors []door, space *room, told *logger, out io.Writer) error {
	g, err := newGate(s, doors)
	if err != nil {
		return err
	}
	defer g.close()
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() { // ends with watching
		defer close(watched)
		g.watch(watching, space, told)
	}()
	defer func() { stop(); <-watched }()
	fmt.Fprintf(out, "meshos: ready at %s, store %s, sync %s\n", s.ClientURL(), o.Store, o.Sync)
	select {
	case <-ctx.Done():
		return nil
	case reason := <-told.fatal:
		return errors.New(reason)
	}
}

// ready waits until s takes connections and has read its store.
func ready(ctx context.Context, s *server.Server, told *logger) error {
	up := make(chan bool, 1)
	go func() { up <- s.ReadyForConnections(readyWithin) }() // ends by then at the latest
	select {
	case <-ctx.Done():
		return fmt.Errorf("ended before the server was ready")
	case reason := <-told.fatal:
		return errors.New(reason)
	case ok := <-up:
		if !ok || !s.JetStreamEnabled() {
			return fmt.Errorf("the server wasn't ready within %v", readyWithin)
		}
		return nil
	}
}

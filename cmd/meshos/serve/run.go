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
	defer store.Close()
	settings, err := o.settings()
	if err != nil {
		return err
	}
	if err := free(settings.Host, settings.Port, "--listen"); err != nil {
		return err
	}
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

func (o *Options) settings() (*server.Options, error) {
	host, port, err := address("--listen", o.Listen)
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	every, err := o.interval()
	if err != nil {
		return nil, err
	}
	return &server.Options{
		Host:               host,
		Port:               port,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           o.Store,
		JetStreamMaxMemory: maxMemory,
		SyncAlways:         every == 0,
		SyncInterval:       every,
	}, nil
}

// maxMemory is for streams in memory, of which a mesh has none.
const maxMemory = 256 << 20

package gotests

import (
	"context"
	"math"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"

	meshos "netmeshos/runtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts an SDK or ends the test.
func start(t *testing.T, config meshos.Config) *meshos.SDK {
	t.Helper()
	sdk, err := meshos.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	return sdk
}

// register registers a daemon or ends the test.
func register(t *testing.T, sdk *meshos.SDK, n int, daemon meshos.Daemon) *meshos.Handle {
	t.Helper()
	h, err := sdk.Register("daemon", seed(n), daemon)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func seed(n int) [meshos.SeedSize]byte { return [meshos.SeedSize]byte{byte(n), byte(n >> 8), 1} }

// must ends the test if there is an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// probed is a daemon that closes a channel at its first probe.
type probed struct {
	once  sync.Once
	asked chan struct{}
}

func (p *probed) Health() meshos.Health {
	p.once.Do(func() { close(p.asked) })
	return meshos.Degraded
}

func (p *probed) Saturation() float32 { return 0.5 }

func (p *probed) OnControl(meshos.Event) {}

// However a daemon's life ends, it leaves no goroutine behind.
func TestNoGoroutineIsLeftOfALife(t *testing.T) {
	for name, life := range map[string]func(*testing.T){
		"start and shut down": func(t *testing.T) {
			must(t, start(t, meshos.Config{}).Shutdown())
		},
		"shut down without waiting": func(t *testing.T) {
			must(t, start(t, meshos.Config{}).BeginShutdown())
		},
		"a tick that never comes": func(t *testing.T) {
			must(t, start(t, meshos.Config{TickIntervalMS: math.MaxUint64}).Shutdown())
		},
		"close, then shut down": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			register(t, sdk, 1, nil).Close()
			must(t, sdk.Shutdown())
		},
		"shut down, then close": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			h := register(t, sdk, 1, nil)
			must(t, sdk.Shutdown())
			h.Close()
		},
		"shut down and never close": func(t *testing.T) {
			sdk := start(t, meshos.Config{TickIntervalMS: 1})
			p := &probed{asked: make(chan struct{})}
			register(t, sdk, 1, p)
			<-p.asked
			must(t, sdk.Shutdown())
		},
		"graceful, then shut down": func(t *testing.T) {
			sdk := start(t, meshos.Config{TickIntervalMS: 1})
			p := &probed{asked: make(chan struct{})}
			h := register(t, sdk, 1, p)
			<-p.asked
			must(t, h.GracefulShutdown(1))
			must(t, sdk.Shutdown())
		},
		"shut down, then graceful": func(t *testing.T) {
			sdk := start(t, meshos.Config{TickIntervalMS: 1})
			h := register(t, sdk, 1, &probed{asked: make(chan struct{})})
			must(t, sdk.Shutdown())
			must(t, h.GracefulShutdown(1))
		},
		"close in the background's grace time": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			h := register(t, sdk, 1, nil)
			must(t, h.BeginGracefulShutdown(math.MaxUint64))
			h.Close()
			must(t, sdk.Shutdown())
		},
		"release in the grace time, with the SDK down": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			h := register(t, sdk, 1, &probed{asked: make(chan struct{})})
			must(t, h.BeginGracefulShutdown(math.MaxUint64))
			must(t, sdk.Shutdown())
			h.Release()
		},
		"readers that are woken by Shutdown": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			h := register(t, sdk, 1, nil)
			for range 3 {
				go h.NextControl(context.Background())
			}
			must(t, sdk.Shutdown())
			h.Close()
		},
		"readers that are woken by Close": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			h := register(t, sdk, 1, nil)
			for range 3 {
				go h.NextControl(context.Background())
			}
			h.Close()
			must(t, sdk.Shutdown())
		},
		"a refused registration": func(t *testing.T) {
			sdk := start(t, meshos.Config{})
			h := register(t, sdk, 1, nil)
			if _, err := sdk.Register("another", seed(1), &probed{asked: make(chan struct{})}); err == nil {
				t.Error("a taken id was registered")
			}
			must(t, sdk.Shutdown())
			if _, err := sdk.Register("another", seed(2), nil); err == nil {
				t.Error("an SDK that is down took a daemon")
			}
			h.Close()
		},
		"many daemons": func(t *testing.T) {
			sdk := start(t, meshos.Config{TickIntervalMS: 1})
			asked := make([]chan struct{}, 50)
			for n := range asked {
				asked[n] = make(chan struct{})
				register(t, sdk, n, &probed{asked: asked[n]})
			}
			for _, a := range asked {
				<-a
			}
			must(t, sdk.Shutdown())
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 {
				life(t)
			}
			goleak.VerifyNone(t)
		})
	}
}

// Registering and freeing daemons over and over leaks no memory.
func TestNoMemoryIsLeftOfADaemon(t *testing.T) {
	sdk := start(t, meshos.Config{TickIntervalMS: math.MaxUint64})
	defer func() { must(t, sdk.Shutdown()) }()
	const cycles, eachKeeps = 3000, 100 // bytes; a handle alone is larger
	cycle := func() {
		for n := range cycles {
			h := register(t, sdk, n, &probed{asked: make(chan struct{})})
			_ = h.PublishLog(meshos.LevelInfo, "line")
			_, err := h.Metadata()
			must(t, err)
			must(t, h.BeginGracefulShutdown(math.MaxUint64))
			h.Close()
		}
	}
	cycle()
	before := heap()
	cycle()
	if grown := heap() - before; grown > cycles*eachKeeps {
		t.Errorf("%d cycles keep %d bytes, want next to nothing", cycles, grown)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // frees what sync.Pool and finalizers still held
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func (*probed) Process(meshos.InboundEvent, func([]byte)) error { return nil }

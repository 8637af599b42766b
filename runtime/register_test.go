package meshos_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	meshos "netmeshos/runtime"
)

func TestNames(t *testing.T) {
	sdk := start(t, quiet)
	for _, c := range []struct {
		rule, name string
		kind       meshos.Kind
	}{
		{"a word", "telemetry", ""},
		{"an empty name", "", ""},
		{"a name of many scripts", "Ωδ-日本-😀", ""},
		{"U+FFFD itself", "\uFFFD", ""},
		{"control characters", "\x01\n\x7f", ""},
		{"a megabyte", strings.Repeat("x", 1<<20), ""},
		{"a lone byte", "\x80", meshos.KindInvalidArgument},
		{"a truncated character", "a\xc3", meshos.KindInvalidArgument},
		{"an overlong form", "\xc0\xaf", meshos.KindInvalidArgument},
		{"an overlong NUL", "\xc0\x80", meshos.KindInvalidArgument},
		{"a surrogate", "\xed\xa0\x80", meshos.KindInvalidArgument},
		{"beyond U+10FFFF", "\xf4\x90\x80\x80", meshos.KindInvalidArgument},
		{"a NUL inside", "a\x00b", meshos.KindRuntimePanic},
		{"a NUL at the end", "a\x00", meshos.KindRuntimePanic},
		{"only a NUL", "\x00", meshos.KindRuntimePanic},
		{"a NUL and no UTF-8", "\x00\x80", meshos.KindInvalidArgument},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h, err := sdk.Register(c.name, seed(1), nil)
			wantKind(t, "Register", err, c.kind)
			if err != nil {
				if h != nil {
					t.Error("a handle beside an error")
				}
				// The same seed can be registered afterwards.
				h, err = sdk.Register("daemon", seed(1), nil)
				wantKind(t, "Register with a good name", err, "")
			} else if h.Name() != c.name {
				t.Errorf("name %q", h.Name())
			}
			h.Close()
		})
	}
}

func TestIDs(t *testing.T) {
	sdk := start(t, quiet)
	var zeros, ones, counting [meshos.SeedSize]byte
	for i := range counting {
		ones[i], counting[i] = 0xff, byte(i)
	}
	for want, seed := range map[uint64][meshos.SeedSize]byte{
		0x87482e2f287f5d52: zeros,
		0x93f095f2867796a0: ones,
		0x782a3238801976bf: counting,
	} {
		h, err := sdk.Register("daemon", seed, nil)
		if err != nil {
			t.Fatal(err)
		}
		if h.ID() != want {
			t.Errorf("id %x, want %x", h.ID(), want)
		}
		h.Close()
		if h.ID() != want {
			t.Errorf("id %x after Close, want %x", h.ID(), want)
		}
	}
}

func TestAnIDIsRegisteredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, quiet)
		other := start(t, quiet)
		again := func(kind meshos.Kind) *meshos.Handle {
			t.Helper()
			h, err := sdk.Register("another", seed(1), nil)
			wantKind(t, "Register", err, kind)
			return h
		}
		h := register(t, sdk, 1, nil)
		again(meshos.KindRegisterFailed)
		usable(t, h, true) // the refusal has no effect on it
		register(t, sdk, 2, nil)
		register(t, other, 1, nil)
		again(meshos.KindRegisterFailed)

		h.Close()
		h = again("")
		wantKind(t, "GracefulShutdown", h.GracefulShutdown(10), "")
		h2 := again("")
		h.Close() // the earlier handle: this must not free its successor's id
		again(meshos.KindRegisterFailed)
		h2.Close()
		again("").Close()
	})
}

func TestTheErrorOfARegisteredIDNamesItsDaemon(t *testing.T) {
	sdk := start(t, quiet)
	for name, shown := range map[string]string{
		"telemetry":                    `"telemetry"`,
		strings.Repeat("x", 1<<20):     strings.Repeat("x", 60),
		strings.Repeat("日本", 1<<10):    strings.Repeat("日本", 10),
		"x" + strings.Repeat("😀", 100): "x" + strings.Repeat("😀", 15),
	} {
		h, err := sdk.Register(name, seed(1), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sdk.Register("another", seed(1), nil)
		wantKind(t, "Register", err, meshos.KindRegisterFailed)
		if err == nil || !strings.Contains(err.Error(), shown) {
			t.Errorf("error %v, want one that names %s", err, shown)
		}
		h.Close()
	}
}

// An id stays registered until the last callback of its daemon is over.
func TestAnIDIsFreeWhenTheCallbackIsOver(t *testing.T) {
	for name, end := range map[string]func(*meshos.Handle){
		"Release":                       (*meshos.Handle).Release,
		"Close":                         func(h *meshos.Handle) { go h.Close() },
		"a GracefulShutdown that fails": func(h *meshos.Handle) { _ = h.BeginGracefulShutdown(1) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sdk := start(t, meshos.Config{TickIntervalMS: 1000})
				over := make(chan struct{})
				h := register(t, sdk, 1, healthFunc(func() meshos.Health { <-over; return meshos.Healthy }))
				time.Sleep(1500 * time.Millisecond)
				end(h)
				time.Sleep(time.Minute)
				_, err := sdk.Register("another", seed(1), nil)
				wantKind(t, "Register during the callback", err, meshos.KindRegisterFailed)
				close(over)
				synctest.Wait()
				register(t, sdk, 1, nil)
			})
		})
	}
}

// Many goroutines register the same ids: each id is registered once at a time.
func TestRegisterFromManyGoroutines(t *testing.T) {
	sdk := start(t, quiet)
	var owners [3]sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 60 {
				n := i % len(owners)
				h, err := sdk.Register("daemon", seed(byte(n)), nil)
				if err != nil {
					wantKind(t, "Register", err, meshos.KindRegisterFailed)
					continue
				}
				if owners[n].TryLock() {
					runtime.Gosched()
					owners[n].Unlock()
				} else {
					t.Error("an id is registered twice")
				}
				h.Close()
			}
		})
	}
	all.Wait()
	for n := range owners {
		register(t, sdk, byte(n), nil)
	}
}

// A name may be long, but messages shorten it.
func TestMessagesShortenNames(t *testing.T) {
	sdk := start(t, quiet)
	long := strings.Repeat("long", 100_000)
	h, err := sdk.Register(long, seed(1), processFunc(func(meshos.InboundEvent, func([]byte)) error { return errFails }))
	wantKind(t, "Register", err, "")
	defer h.Close()
	if h.Name() != long {
		t.Error("the name itself is shortened")
	}
	err = sdk.Deliver(h.ID(), word(1, "a"), nil)
	wantKind(t, "Deliver", err, meshos.KindProcessFailed)
	if n := len(err.Error()); n > 1_000 {
		t.Errorf("a message of %d bytes", n)
	}
	for _, r := range sdk.Logs(0, 0) {
		if len(r.Message) > 1_000 {
			t.Errorf("a record of %d bytes", len(r.Message))
		}
	}
}

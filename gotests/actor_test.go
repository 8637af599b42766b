package gotests

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	meshos "netmeshos/runtime"
)

// actor makes random calls, one after another.
type actor struct {
	world  *world
	random *rand.Rand
	self   *daemon // inside whose callback it is, or nil
}

// callers returns the handles whose callbacks the actor is inside.
func (a *actor) callers() []*meshos.Handle {
	if a.self == nil {
		return nil
	}
	return []*meshos.Handle{a.self.handle}
}

// inCycles are the errors of calls that would close a cycle of waits. Only calls from inside
// a callback can get them.
func (a *actor) inCycles() []meshos.Kind {
	if a.self == nil {
		return nil
	}
	return []meshos.Kind{meshos.KindShutdownFailed}
}

func (a *actor) act() {
	p, sdk, d := a.world.any(a.random)
	if a.self != nil && a.random.IntN(3) == 0 {
		d = a.self
	}
	switch n := a.random.IntN(100); {
	case n < 35 || d == nil:
		a.world.register(p, sdk, a.random)
	case n < 36:
		a.world.shutDown(p, sdk, sdk.Inside(a.callers()...).Shutdown(), a.inCycles()...)
	case n < 37:
		a.world.shutDown(p, sdk, sdk.BeginShutdown())
	case n < 40:
		sdk.SetPeers([]meshos.Peer{{NodeID: a.random.Uint64()}, {NodeID: a.random.Uint64()}})
	case n < 45:
		a.look(sdk)
	case n < 65:
		_, _, other := a.world.any(a.random)
		if other != nil {
			a.feed(sdk, d, other)
		}
	case n < 70:
		a.govern(sdk, d)
	default:
		a.use(d)
	}
}

func (a *actor) look(sdk *meshos.SDK) {
	_ = sdk.DroppedControlEvents()
	_ = sdk.Ticks()
	last := uint64(0)
	for _, r := range sdk.Logs(a.random.Uint64N(100), 10) {
		if r.Seq <= last || r.NodeID != 7 {
			a.world.t.Errorf("log record %+v after %d", r, last)
		}
		last = r.Seq
	}
}

// use makes a random call on a daemon's handle.
func (a *actor) use(d *daemon) {
	h, w := d.handle, a.world
	switch a.random.IntN(12) {
	case 0:
		d.close(a.self)
	case 1:
		d.release()
	case 2:
		a.shutDown(d)
	case 3:
		d.ending.Store(true)
		w.allowed("BeginGracefulShutdown", h.BeginGracefulShutdown(1+a.random.Uint64N(3)), meshos.KindAlreadyShutdown)
	case 4:
		if e, ok := h.TryNextControl(); ok {
			d.control(e)
		}
	case 5:
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(a.random.IntN(2000))*time.Microsecond)
		defer cancel()
		if e, ok := h.NextControl(ctx); ok {
			d.control(e)
		}
	case 6:
		err := h.PublishLog(meshos.Level(a.random.IntN(5)), "line")
		w.allowed("PublishLog", err, meshos.KindQueueFull, meshos.KindLoopClosed, meshos.KindAlreadyShutdown)
	case 7:
		text, err := h.Metadata()
		a.metadata(d, text, err)
	case 8:
		text, err := h.RefreshMetadata()
		a.metadata(d, text, err)
	case 9:
		err := h.PublishCapabilitiesJSON([]byte(`["a","\u00e9"]`))
		w.allowed("PublishCapabilitiesJSON", err, meshos.KindAlreadyShutdown)
	case 10:
		if tags := h.Capabilities(); len(tags) != 0 && (len(tags) != 2 || tags[1] != "é") {
			w.t.Errorf("capabilities %q", tags)
		}
	case 11:
		if health, saturation := h.Vitals(); health < meshos.Healthy || health > meshos.Unhealthy || !(saturation >= 0 && saturation <= 1) {
			w.t.Errorf("vitals %v %v", health, saturation)
		}
	}
}

// shutDown shuts a daemon down and waits for it.
func (a *actor) shutDown(d *daemon) {
	d.ending.Store(true)
	err := d.handle.Inside(a.callers()...).GracefulShutdown(1 + a.random.Uint64N(3))
	ok := a.world.allowed("GracefulShutdown", err, meshos.KindAlreadyShutdown, meshos.KindShutdownFailed)
	// This call may return before the callback is over: if the handle is closed during the
	// grace time, or if the call is made inside a callback.
	if ok && d != a.self && !d.closed.Load() {
		d.isOver()
	}
}

func (a *actor) metadata(d *daemon, text []byte, err error) {
	if !a.world.allowed("Metadata", err, meshos.KindAlreadyShutdown) {
		return
	}
	var m struct {
		DaemonID uint64 `json:"daemon_id"`
		Peers    []struct {
			NodeID uint64 `json:"node_id"`
		}
	}
	if err := json.Unmarshal(text, &m); err != nil || m.DaemonID != d.handle.ID() || len(m.Peers) != 0 && len(m.Peers) != 2 {
		a.world.t.Errorf("metadata %s: %v", text, err)
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	shutdown = 1
	graceMS  = 1000
	seedID   = 0x782a3238801976bf
)

type echo struct {
	lock     sync.Mutex
	controls []Control
	asked    chan struct{}
}

func (e *echo) Process(payload []byte) [][]byte { return [][]byte{payload} }

func (e *echo) OnControl(c Control) {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.controls = append(e.controls, c)
}

func (e *echo) Healthy() bool {
	select {
	case e.asked <- struct{}{}:
	default:
	}
	return true
}

// allocate keeps this program's collector at work, so that its signals and stops meet those of the library's.
func allocate(until *atomic.Bool) {
	kept := make([][]byte, 64)
	for i := 0; !until.Load(); i++ {
		kept[i%len(kept)] = make([]byte, 64*1024)
		if i%200 == 0 {
			runtime.GC()
		}
	}
}

func wantError(err error, status Status, kind string) error {
	var found *Error
	if !errors.As(err, &found) || found.Status != status || found.Kind != kind || found.Message == "" {
		return fmt.Errorf("expected %d %s, found %v", status, kind, err)
	}
	return nil
}

func work(sdk *SDK, handle *Handle, daemon *echo, seed [32]byte) error {
	if handle.ID() != seedID || handle.Name() != "consumer-go" {
		return fmt.Errorf("id %x, name %q", handle.ID(), handle.Name())
	}
	metadata, err := handle.Metadata()
	if err == nil && !strings.Contains(metadata, `"daemon_name":"consumer-go"`) {
		err = fmt.Errorf("metadata: %s", metadata)
	}
	_, twin := sdk.Register("twin", seed, daemon)
	err = errors.Join(err,
		handle.Advertise(`["language.go"]`),
		wantError(handle.Log(5, "x"), InvalidArgument, "invalid_log_level"),
		wantError(handle.Advertise(`[1]`), InvalidArgument, "invalid_argument"),
		wantError(twin, CallFailed, "register_failed"))

	// Many goroutines at once on one handle.
	var group sync.WaitGroup
	failures := make(chan error, 8)
	for range 8 {
		group.Go(func() {
			for range 50 {
				if err := handle.Log(2, "hello"); err != nil {
					failures <- err
					return
				}
				runtime.Gosched()
			}
		})
	}
	group.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	select {
	case <-daemon.asked:
	case <-time.After(5 * time.Minute):
		err = errors.Join(err, errors.New("health is never asked"))
	}
	return err
}

func end(sdk *SDK, handle *Handle, daemon *echo) error {
	following := make(chan struct{})
	read := make(chan error)
	go func() {
		close(following)
		event, err := handle.NextControl(0)
		if err == nil && event != (Control{shutdown, graceMS}) {
			err = fmt.Errorf("next_control: %+v", event)
		}
		read <- err
	}()
	<-following
	err := errors.Join(handle.GracefulShutdown(graceMS), <-read)
	_, late := handle.NextControl(1)
	err = errors.Join(err, wantError(late, AlreadyShutdown, "already_shutdown"))
	handle.Free()
	if len(daemon.controls) != 1 || daemon.controls[0] != (Control{shutdown, graceMS}) {
		err = errors.Join(err, fmt.Errorf("on_control: %+v", daemon.controls))
	}
	return errors.Join(err, sdk.Shutdown(), wantError(sdk.Shutdown(), AlreadyShutdown, "already_shutdown"))
}

func live() error {
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	sdk, err := Start(4660, 10)
	if err != nil {
		return err
	}
	defer sdk.Free()
	daemon := &echo{asked: make(chan struct{}, 1)}
	handle, err := sdk.Register("consumer-go", seed, daemon)
	if err != nil {
		return err
	}
	return errors.Join(work(sdk, handle, daemon, seed), end(sdk, handle, daemon))
}

func main() {
	var ended atomic.Bool
	go allocate(&ended)
	err := live()
	ended.Store(true)
	if err != nil {
		fmt.Fprintln(os.Stderr, "consumer-go:", err)
		os.Exit(1)
	}
	fmt.Println("consumer-go: lived and ended as it should")
}

// A daemon's life through cgo. The program has a Go runtime of its own beside the one in the library.
package main

/*
#cgo LDFLAGS: -lnet_meshos
#include <stdlib.h>
#include <net_meshos.h>

// The daemon crosses as a number, a cgo.Handle: as a pointer, Go's stack checks would refuse it.
int  goProcess(uintptr_t daemon, NetMeshOsProcessEmitCtx *emit, uint8_t *payload, size_t length);
void goOnControl(uintptr_t daemon, int kind, uint64_t grace_period_ms);
int  goHealth(uintptr_t daemon);

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload, size_t length) {
	return goProcess((uintptr_t)ctx, emit, (uint8_t *)payload, length);
}

static void on_control(void *ctx, int kind, uint64_t grace_period_ms, float level) {
	goOnControl((uintptr_t)ctx, kind, grace_period_ms);
}

static int health(void *ctx) {
	return goHealth((uintptr_t)ctx);
}

static int register_daemon(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed, uintptr_t daemon, NetMeshOsHandle **out) {
	NetMeshOsDaemonVtable vtable = {.process = process, .on_control = on_control, .health = health};
	return net_meshos_register_daemon_with_vtable(sdk, name, length, seed, &vtable, (void *)daemon, out);
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Status is a status code of the library.
type Status int

const (
	CallFailed      Status = C.NET_MESHOS_ERR_CALL_FAILED
	InvalidArgument Status = C.NET_MESHOS_ERR_INVALID_ARG
	AlreadyShutdown Status = C.NET_MESHOS_ERR_ALREADY_SHUTDOWN
)

// Error is a failed call with the last error of its thread.
type Error struct {
	Status  Status
	Kind    string
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Kind, e.Message) }

// call runs one C call. The last error is the thread's, and a goroutine may be moved between two calls.
func call(c func() C.int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	status := c()
	if status == C.NET_MESHOS_OK {
		return nil
	}
	return &Error{Status(status), C.GoString(C.net_meshos_last_error_kind()), C.GoString(C.net_meshos_last_error_message())}
}

// Control is a control event.
type Control struct {
	Kind    int
	GraceMS uint64
}

// Daemon is what a daemon does; its methods run on threads of the library, one at a time.
type Daemon interface {
	Process(payload []byte) [][]byte
	OnControl(Control)
	Healthy() bool
}

// SDK is a running SDK.
type SDK struct{ c *C.NetMeshOsSdk }

func Start(node, tickMS uint64) (*SDK, error) {
	sdk := &SDK{}
	return sdk, call(func() C.int { return C.net_meshos_sdk_start(C.uint64_t(node), C.uint64_t(tickMS), 0, 0, 0, &sdk.c) })
}

func (s *SDK) Shutdown() error { return call(func() C.int { return C.net_meshos_sdk_shutdown(s.c) }) }

func (s *SDK) Free() { C.net_meshos_sdk_free(s.c) }

// Handle is a registered daemon.
type Handle struct {
	c      *C.NetMeshOsHandle
	daemon cgo.Handle
}

func (s *SDK) Register(name string, seed [32]byte, daemon Daemon) (*Handle, error) {
	handle := &Handle{daemon: cgo.NewHandle(daemon)}
	err := call(func() C.int {
		return C.register_daemon(s.c, text(name), C.size_t(len(name)), (*C.uint8_t)(&seed[0]), C.uintptr_t(handle.daemon), &handle.c)
	})
	if err != nil {
		handle.daemon.Delete()
		return nil, err
	}
	return handle, nil
}

func (h *Handle) ID() uint64 { return uint64(C.net_meshos_handle_daemon_id(h.c)) }

func (h *Handle) Name() string { return C.GoString(C.net_meshos_handle_daemon_name(h.c)) }

func (h *Handle) Log(level int, line string) error {
	return call(func() C.int { return C.net_meshos_publish_log(h.c, C.int(level), text(line), C.size_t(len(line))) })
}

func (h *Handle) Advertise(tags string) error {
	return call(func() C.int { return C.net_meshos_publish_capabilities(h.c, text(tags), C.size_t(len(tags))) })
}

func (h *Handle) Metadata() (string, error) {
	var json *C.char
	err := call(func() C.int {
		if json = C.net_meshos_metadata(h.c); json == nil {
			return C.NET_MESHOS_ERR_CALL_FAILED
		}
		return C.NET_MESHOS_OK
	})
	defer C.net_meshos_free_string(json)
	return C.GoString(json), err
}

func (h *Handle) NextControl(timeoutMS uint64) (Control, error) {
	var event C.NetMeshOsDaemonControl
	err := call(func() C.int { return C.net_meshos_next_control(h.c, C.uint64_t(timeoutMS), &event) })
	return Control{int(event.kind), uint64(event.grace_period_ms)}, err
}

func (h *Handle) GracefulShutdown(graceMS uint64) error {
	return call(func() C.int { return C.net_meshos_graceful_shutdown(h.c, C.uint64_t(graceMS)) })
}

// Free releases the handle. No callback runs afterwards, so that the daemon may go too.
func (h *Handle) Free() {
	C.net_meshos_handle_free(h.c)
	h.daemon.Delete()
}

// text lends the bytes of a string to a C call, which takes their length beside them.
func text(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }

func daemonOf(number C.uintptr_t) Daemon { return cgo.Handle(number).Value().(Daemon) }

//export goProcess
func goProcess(daemon C.uintptr_t, emit *C.NetMeshOsProcessEmitCtx, payload *C.uint8_t, length C.size_t) C.int {
	for _, output := range daemonOf(daemon).Process(unsafe.Slice((*byte)(payload), length)) {
		C.net_meshos_process_emit(emit, (*C.uint8_t)(unsafe.SliceData(output)), C.size_t(len(output)))
	}
	return 0
}

//export goOnControl
func goOnControl(daemon C.uintptr_t, kind C.int, graceMS C.uint64_t) {
	daemonOf(daemon).OnControl(Control{int(kind), uint64(graceMS)})
}

//export goHealth
func goHealth(daemon C.uintptr_t) C.int {
	if daemonOf(daemon).Healthy() {
		return C.NET_MESHOS_HEALTH_HEALTHY
	}
	return C.NET_MESHOS_HEALTH_UNHEALTHY
}

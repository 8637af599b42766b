package main

/*
#cgo LDFLAGS: -lnet_meshos
#include <net_meshos_ext.h>
#include <stdlib.h>

int hostProcess(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, uint8_t *payload, size_t len);

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t len) {
    return hostProcess(ctx, emit, origin, sequence, (uint8_t *)payload, len);
}

static int register_daemon(NetMeshOsSdk *sdk, const uint8_t *seed, uintptr_t ctx, NetMeshOsHandle **out) {
    const NetMeshOsDaemonVtable table = {.process = process};
    return net_meshos_register_daemon_with_vtable(sdk, "go", 2, seed, &table, (void *)ctx, out);
}

static int deliver(NetMeshOsSdk *sdk, uint64_t id, uint64_t sequence) {
    const NetMeshOsEvent event = {1, sequence, (const uint8_t *)"hello", 5};
    return net_meshos_ext_deliver(sdk, id, &event, NULL, NULL);
}

static int post(NetMeshOsSdk *sdk, uint64_t id, uint64_t sequence) {
    const NetMeshOsEvent event = {1, sequence, (const uint8_t *)"hello", 5};
    return net_meshos_ext_post(sdk, id, &event, 1, NULL);
}
*/
import "C"

import (
	"errors"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// check reads the last error of the thread that made the call, so the goroutine must not have moved since.
func check(status C.int) error {
	if status == C.NET_MESHOS_OK {
		return nil
	}
	return errors.New(C.GoString(C.net_meshos_last_error_kind()))
}

func onOneThread(call func() C.int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return check(call())
}

type sdk struct{ raw *C.NetMeshOsSdk }

func start() (*sdk, error) {
	s := &sdk{}
	err := onOneThread(func() C.int { return C.net_meshos_sdk_start(0, 1, 0, 0, 0, &s.raw) })
	return s, err
}

func (s *sdk) end() error {
	err := onOneThread(func() C.int { return C.net_meshos_sdk_shutdown(s.raw) })
	C.net_meshos_sdk_free(s.raw)
	return err
}

type daemon struct {
	sdk    *sdk
	handle *C.NetMeshOsHandle
	id     C.uint64_t
	work   cgo.Handle
}

// register adds a daemon whose events go to work; an error of it is a failed event.
func (s *sdk) register(number int, work func(sequence uint64) error) (*daemon, error) {
	seed := [32]byte{8, byte(number), byte(number >> 8)}
	d := &daemon{sdk: s, work: cgo.NewHandle(work)}
	err := onOneThread(func() C.int {
		return C.register_daemon(s.raw, (*C.uint8_t)(&seed[0]), C.uintptr_t(d.work), &d.handle)
	})
	if err == nil {
		d.id = C.net_meshos_handle_daemon_id(d.handle)
	}
	return d, err
}

func (d *daemon) deliver(sequence uint64) error {
	return onOneThread(func() C.int { return C.deliver(d.sdk.raw, d.id, C.uint64_t(sequence)) })
}

func (d *daemon) post(sequence uint64) error {
	return onOneThread(func() C.int { return C.post(d.sdk.raw, d.id, C.uint64_t(sequence)) })
}

func (d *daemon) flush() error {
	return onOneThread(func() C.int { return C.net_meshos_ext_flush(d.sdk.raw, d.id, 0) })
}

func (d *daemon) free() {
	C.net_meshos_handle_free(d.handle)
	d.work.Delete()
}

//export hostProcess
func hostProcess(ctx unsafe.Pointer, emit *C.NetMeshOsProcessEmitCtx, _, sequence C.uint64_t, payload *C.uint8_t,
	length C.size_t) C.int {
	work := cgo.Handle(uintptr(ctx)).Value().(func(uint64) error)
	if work(uint64(sequence)) != nil {
		return 1
	}
	C.net_meshos_process_emit(emit, payload, length)
	return 0
}

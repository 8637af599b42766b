package main

// #include "cells.h"
import "C"

import "netmeshos/internal/control"

// mailbox is the C side of a daemon as a control.Mailbox.
type mailbox struct{ cell *C.struct_daemon_cell }

// Enqueue implements control.Mailbox.
func (m mailbox) Enqueue(e control.Event) bool {
	event := controlOf(e)
	return bool(C.mailbox_put(&m.cell.mailbox, &event))
}

// controlOf is a control event as the host gets it.
func controlOf(e control.Event) C.NetMeshOsDaemonControl {
	return C.NetMeshOsDaemonControl{kind: C.int(e.Kind), grace_period_ms: C.uint64_t(e.GraceMS), level: C.float(e.Level)}
}

// EndWaits implements control.Mailbox.
func (m mailbox) EndWaits() { C.mailbox_end(&m.cell.mailbox) }

// Close implements control.Mailbox.
func (m mailbox) Close() { C.daemon_cell_consume(m.cell) }

package main

// #include "cells.h"
import "C"

import "netmeshos/internal/control"

// mailbox is the C side of a daemon as the runtime's control.Mailbox.
type mailbox struct{ cell *C.struct_daemon_cell }

func (m mailbox) Send(e control.Event) bool {
	return bool(C.mailbox_put(&m.cell.mailbox, C.int(e.Kind), C.uint64_t(e.GraceMS), C.float(e.Level)))
}

func (m mailbox) Shut() { C.mailbox_end(&m.cell.mailbox) }

func (m mailbox) Close() { C.daemon_cell_consume(m.cell) }

package main

// #include "cells.h"
import "C"

import "sync"

// dropCounter counts dropped control events until its SDK is freed. Daemons
// outlive that, and must not count into the cell's next SDK.
type dropCounter struct {
	mu    sync.Mutex // held while it counts, so that no count is under way after end
	count func(delta int64)
}

// countDrops counts dropped control events on the C side of an SDK.
func countDrops(cell *C.struct_sdk_cell) *dropCounter {
	return &dropCounter{count: func(delta int64) { C.sdk_cell_add_dropped(cell, C.int64_t(delta)) }}
}

func (d *dropCounter) add(delta int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.count != nil {
		d.count(delta)
	}
}

// end returns when nothing counts or will count.
func (d *dropCounter) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count = nil
}

package main

import (
	"debug/elf"
	"fmt"
	"os"
	"slices"
)

// guest changes the object that Go's linker has made of the runtime and of all
// that is written in Go, so that the runtime behaves in a process that belongs to
// somebody else. Each change is made only where the object looks as expected.
func guest(object []byte) ([]byte, error) {
	o, err := open(object)
	if err != nil {
		return nil, err
	}
	for _, change := range []func(*goObject) error{startLate, leaveSignalsBlocked, leaveHandlers, keepDescriptorLimit} {
		if err := change(o); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// starts are the functions that start Go in a library. Each has a reference in
// .init_array, where the loader looks.
var starts = map[elf.Machine]string{
	elf.EM_X86_64:  "_rt0_amd64_linux_lib",
	elf.EM_AARCH64: "_rt0_arm64_linux_lib",
	elf.EM_S390:    "_rt0_s390x_linux_lib",
}

// startLate takes Go's start away from the loader: capi/start.c calls it by its
// name.
func startLate(o *goObject) error {
	section, err := o.section(".init_array")
	if err != nil {
		return err
	}
	if section.Type != elf.SHT_INIT_ARRAY || section.Size != 8 {
		return fmt.Errorf("the section .init_array is of type %v and has %d bytes, not one pointer", section.Type, section.Size)
	}
	start, known := starts[o.file.Machine]
	if !known {
		return fmt.Errorf("how Go starts on %v is not known", o.file.Machine)
	}
	if !o.refersTo(section, 0, section.Size, start) {
		return fmt.Errorf("%s is not what .init_array lists", start)
	}
	if err := o.becomeData(section, ".data.start"); err != nil {
		return err
	}
	return o.globalize(start)
}

// Flags of runtime.sigtable.
const (
	sigNotify   = 1
	sigKill     = 2
	sigThrow    = 4
	sigPanic    = 8
	sigSetStack = 64
	sigUnblock  = 128
	sigIgn      = 256
)

const (
	signals   = 65
	entrySize = 24 // flags, padding, a string
)

// someSignals are what the table must say for these, to be the one that is known.
var someSignals = map[int]uint32{
	4:  sigThrow + sigUnblock,
	5:  sigThrow + sigUnblock,
	7:  sigPanic + sigUnblock,
	8:  sigPanic + sigUnblock,
	11: sigPanic + sigUnblock,
	15: sigNotify + sigKill,
	16: sigThrow + sigUnblock,
	17: sigNotify + sigUnblock + sigIgn,
	27: sigNotify + sigUnblock,
	32: sigSetStack + sigUnblock,
	33: sigSetStack + sigUnblock,
	34: sigSetStack + sigUnblock,
	64: sigNotify,
}

// notOurs are the signals that Go unblocks on its threads though they are the
// host's: SIGSTKFLT, SIGCHLD, SIGPROF, and 34, which is the first real-time signal
// where the C library is glibc. 32 and 33 are glibc's own. The others are raised
// by the thread itself.
var notOurs = []int{16, 17, sigProf, 34}

const sigProf = 27

// leaveSignalsBlocked has Go's threads leave the mask with which they begin as it
// is.
func leaveSignalsBlocked(o *goObject) error {
	table, err := o.symbol("runtime.sigtable", signals*entrySize)
	if err != nil {
		return err
	}
	for signal, want := range someSignals {
		if got := o.order.Uint32(table[signal*entrySize:]); got != want {
			return fmt.Errorf("runtime.sigtable has the flags %d for signal %d, not %d", got, signal, want)
		}
	}
	for _, signal := range notOurs {
		if signal == sigProf && os.Getenv("MESHOS_LINK_PROFILE") != "" {
			continue // a library that profiles itself wants it
		}
		entry := table[signal*entrySize:]
		o.order.PutUint32(entry, o.order.Uint32(entry)&^uint32(sigUnblock))
	}
	return nil
}

// ownSigaction are the machines where Go asks the kernel for handlers by itself.
// Elsewhere it calls the C library's sigaction, in whose place capi/signals.c is.
var ownSigaction = map[elf.Machine]bool{elf.EM_S390: true}

// faults are the signals that Go is to handle.
var faults = []int{7, 8, 11}

// leaveHandlers has Go neither take SIGPIPE and SIGURG nor change the host's
// handlers for other signals: of one without flags it knows nothing.
func leaveHandlers(o *goObject) error {
	if !ownSigaction[o.file.Machine] {
		return nil
	}
	table, err := o.symbol("runtime.sigtable", signals*entrySize)
	if err != nil {
		return err
	}
	for signal := range signals {
		if !slices.Contains(faults, signal) {
			o.order.PutUint32(table[signal*entrySize:], 0)
		}
	}
	return nil
}

// returns is the instruction that ends a function.
var returns = map[elf.Machine][]byte{
	elf.EM_X86_64:  {0xC3},
	elf.EM_AARCH64: {0xC0, 0x03, 0x5F, 0xD6},
	elf.EM_S390:    {0x07, 0xFE},
}

// keepDescriptorLimit has Go not raise RLIMIT_NOFILE when it starts: syscall's
// function for that returns at once.
func keepDescriptorLimit(o *goObject) error {
	const init = "syscall.init.0"
	code, err := o.symbol(init, 16)
	if err != nil {
		return err
	}
	s := o.symbols[init]
	if !o.refersTo(o.file.Sections[s.Section], s.Value, s.Value+s.Size, "syscall.origRlimitNofile") {
		return fmt.Errorf("%s is not what raises RLIMIT_NOFILE", init)
	}
	instruction, known := returns[o.file.Machine]
	if !known {
		return fmt.Errorf("no instructions of %v are known", o.file.Machine)
	}
	copy(code, instruction)
	return nil
}

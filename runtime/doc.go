// Package meshos is the SDK of MeshOS daemons for Go programs.
//
// Start starts a supervisor, and SDK.Register registers a daemon with it. A daemon
// processes events. It may have optional methods, which the supervisor also calls: see
// Daemon. No two methods of one daemon run at the same time, so they need no lock.
//
//	sdk, err := meshos.Start(meshos.Config{})
//	handle, err := sdk.Register("telemetry", seed, myDaemon)
//	err = sdk.Deliver(handle.ID(), meshos.InboundEvent{Payload: data}, nil)
//	event, ok := handle.NextControl(ctx)
//	err = handle.GracefulShutdown(0)
//	handle.Close()
//	err = sdk.Shutdown()
//
// Every error is an *Error with a Kind. All methods are safe from any goroutine. A
// daemon's method must make calls that wait through SDK.Inside or Handle.Inside; otherwise
// it may wait for itself.
package meshos

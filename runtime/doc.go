// Package meshos is the SDK of MeshOS daemons for Go programs.
//
// Start starts a supervisor, SDK.Register puts a daemon under it. A daemon processes
// events; the supervisor also calls those of the optional methods that it has: see
// Daemon. No two methods of one daemon run at the same time, so they need no lock among
// themselves.
//
//	sdk, err := meshos.Start(meshos.Config{})
//	handle, err := sdk.Register("telemetry", seed, myDaemon)
//	err = sdk.Deliver(handle.ID(), meshos.InboundEvent{Payload: data}, nil)
//	event, ok := handle.NextControl(ctx)
//	err = handle.GracefulShutdown(0)
//	handle.Close()
//	err = sdk.Shutdown()
//
// Every error is an *Error with a Kind. All methods are safe from any goroutine. A method
// of a daemon that makes calls which wait must make them by SDK.Inside or Handle.Inside:
// otherwise it may wait for itself.
package meshos
